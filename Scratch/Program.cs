using System.Diagnostics;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;
using AudienceSync.Values;
using AudienceSync.Snapshots;

var n = int.Parse(args[0]);
var cols = new[] { ("id", CellType.Text), ("email", CellType.Text), ("phone", CellType.Text), ("firstName", CellType.Text), ("lastName", CellType.Text), ("amount", CellType.Decimal), ("day", CellType.Date) };
for (var round = 0; round < 3; round++)
{
    var buffer = new RowBuffer(GenerationBuild.Hasher, [.. cols]);
    var sw = Cpu.Start();
    var sink = new S(buffer);
    new Members(Generation.Older, n).Read(0, 1, ref sink);
    Console.WriteLine($"fill   {sw.Seconds * 1e9 / n:F0} ns/row");
    sw.Restart();
    var keys = Enumerable.Range(0, n).Select(buffer.KeyOf).ToArray();
    var order = new int[n];
    sw.Restart();
    KeySort.Sort(keys, order);
    Console.WriteLine($"sort   {sw.Seconds * 1e9 / n:F0} ns/row");
    sw.Restart();
    var builder = new PageBuilder();
    var pages = 0; var bytes = 0L;
    double sealS = 0;
    foreach (var row in order)
    {
        if (!builder.TryAppend(buffer, row))
        {
            var t = Cpu.Start();
            foreach (var p in builder.Seal(0)) { pages++; bytes += p.Size; p.Return(); }
            sealS += t.Seconds;
            builder.TryAppend(buffer, row);
        }
    }
    var total = sw.Seconds * 1e9 / n;
    var s = sealS * 1e9 / n;
    Console.WriteLine($"stage  {total - s:F0} ns/row, seal {s:F0} ns/row, {pages} pages");
}

struct S(RowBuffer buffer) : IMemberSink
{
    public void Take(in Member member)
    {
        buffer.Begin(member.Id, GenerationBuild.Hasher.Key(member.Id));
        buffer.AddText(member.Email);
        buffer.AddText(member.Phone);
        buffer.AddText(member.FirstName);
        buffer.AddText(member.LastName);
        buffer.AddDecimal(new((int)member.Cents, 0, 0, isNegative: false, scale: 2));
        buffer.AddInteger(member.Day);
        buffer.End();
    }
}

sealed class Cpu { TimeSpan _s; public static Cpu Start() { var c = new Cpu(); c.Restart(); return c; } public void Restart() => _s = Process.GetCurrentProcess().TotalProcessorTime; public double Seconds => (Process.GetCurrentProcess().TotalProcessorTime - _s).TotalSeconds; }
