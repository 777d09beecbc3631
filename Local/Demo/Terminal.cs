using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AudienceSync.Local.Demo;

/// <summary>Writes what a person reads: steps with ticks and durations, tables, notes. Colours and moving lines on a terminal only.</summary>
internal sealed class Terminal
{
    private const string EraseLine = "\r\e[2K";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(120);

    private readonly TextWriter _out;
    private readonly bool _moves;
    private readonly bool _hasColours;

    /// <param name="output">Standard output, or standard error where standard output is for programs.</param>
    public Terminal(TextWriter output, bool isRedirected)
    {
        _out = output;
        _moves = !isRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        // https://no-color.org: present and not empty.
        _hasColours = _moves && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    }

    public void Line(string text = "") => _out.WriteLine(text);

    public void Title(string text) => _out.WriteLine($"\n{Bold(text)}");

    public string Bold(string text) => Paint(text, 1);

    public string Dim(string text) => Paint(text, 2);

    public string Red(string text) => Paint(text, 31);

    public string Green(string text) => Paint(text, 32);

    public string Yellow(string text) => Paint(text, 33);

    /// <summary>Runs one step: shows that it is under way, then a tick, its result and how long it took.</summary>
    /// <param name="work">Given a way to say what is going on; returns the result in a few words, or null for none.</param>
    /// <param name="mayTakeLong">What is going on is told where lines do not move, too.</param>
    public async Task StepAsync(string title, Func<Action<string>, Task<string?>> work, bool mayTakeLong = false)
    {
        var watch = Stopwatch.StartNew();
        var news = "";
        using var stop = new CancellationTokenSource();
        var spinner = _moves ? SpinAsync(title, () => Volatile.Read(ref news), stop.Token) : Task.CompletedTask;
        string? result;
        try
        {
            result = await work(text =>
            {
                if (Interlocked.Exchange(ref news, text) != text && mayTakeLong && !_moves)
                {
                    _out.WriteLine($"  … {text}");
                }
            });
        }
        catch
        {
            await EndAsync();
            _out.WriteLine($"  {Red("✗")} {title}");
            throw;
        }

        await EndAsync();
        var took = watch.Elapsed.TotalSeconds.ToString(watch.Elapsed.TotalSeconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
        _out.WriteLine($"  {Green("✓")} {title}{(result is null ? "" : $": {result}")}  {Dim($"{took} s")}");

        async Task EndAsync()
        {
            await stop.CancelAsync();
            await spinner;
        }
    }

    /// <summary>A table whose first column is text and whose others are numbers.</summary>
    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>?> rows)
    {
        IReadOnlyList<string>?[] all = [.. rows];
        int[] widths = [.. head.Select((name, column) => all.OfType<IReadOnlyList<string>>().Select(row => row[column].Length).Append(name.Length).Max())];
        var rule = Dim($"  {new string('─', widths.Sum() + (3 * (widths.Length - 1)))}");
        _out.WriteLine($"  {Bold(Join(head))}");
        _out.WriteLine(rule);
        foreach (var row in all)
        {
            _out.WriteLine(row is null ? rule : $"  {Join(row)}");
        }

        string Join(IReadOnlyList<string> cells) =>
            string.Join("   ", cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])));
    }

    private async Task SpinAsync(string title, Func<string> news, CancellationToken stop)
    {
        string[] frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var line = new StringBuilder(EraseLine).Append("  ").Append(Yellow(frames[turn % frames.Length])).Append(' ').Append(title);
            if (news() is { Length: > 0 } text)
            {
                line.Append(Dim($"  {text}"));
            }

            await _out.WriteAsync(line, CancellationToken.None);
            await _out.FlushAsync(CancellationToken.None);
            await Task.Delay(Tick, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await _out.WriteAsync(EraseLine);
    }

    private string Paint(string text, int code) => _hasColours ? $"\e[{code}m{text}\e[0m" : text;
}
