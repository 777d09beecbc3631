using System.Text;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Benchmarks.Micro;

/// <summary>One page of members, before and after packing.</summary>
internal static class PageSample
{
    /// <summary>Members of the page; fewer than any limit of a page.</summary>
    public const int Members = 5_000;

    /// <summary>Rows in order of their keys.</summary>
    public static (ulong Key, ulong Hash, Row Row)[] Rows(Generation generation)
    {
        var rows = new List<(ulong Key, ulong Hash, Row Row)>();
        var sink = new Sink(rows);
        new Members(generation, Members).Read(0, 1, ref sink);
        return [.. rows.OrderBy(row => row.Key)];
    }

    public static PackedPage Pack((ulong Key, ulong Hash, Row Row)[] rows)
    {
        var builder = new PageBuilder();
        foreach (var (key, hash, row) in rows)
        {
            if (!builder.TryAppend(key, hash, row))
            {
                throw new InvalidOperationException("The sample does not fit one page.");
            }
        }

        return builder.Seal(0) is [var page] ? page : throw new InvalidOperationException("The sample does not fit one page.");
    }

    private readonly struct Sink(List<(ulong Key, ulong Hash, Row Row)> rows) : IMemberSink
    {
        public void Take(in Member member)
        {
            var row = MemberRows.ToRow(member);
            rows.Add((GenerationBuild.Hasher.Key(Encoding.UTF8.GetString(member.Id)), GenerationBuild.Hasher.Row(row), row));
        }
    }
}
