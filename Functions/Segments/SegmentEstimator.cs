using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Counts and lists whom a rule holds for, now or at another moment, page by page: never more than a page in memory.</summary>
public sealed class SegmentEstimator(SegmentService segments, ISegmentSizes sizes, ProfilePages profiles, TimeProvider time)
{
    /// <summary>Members in the sample of a preview.</summary>
    public const int SampleSize = 25;

    /// <summary>Reads <c>{"rules":…,"asOf":…}</c> and counts. Refused with 422 <c>rule_invalid</c> and every fault at its pointer.</summary>
    public Task<Result<SegmentEstimate>> EstimateAsync(JsonElement body, CancellationToken cancellationToken) =>
        CountAsync(body, sample: null, unmasked: false, cancellationToken);

    /// <summary>As <see cref="EstimateAsync"/>, with a sample of members.</summary>
    /// <param name="unmasked">Whether the caller sees identifiers of people.</param>
    public Task<Result<SegmentEstimate>> PreviewAsync(JsonElement body, bool unmasked, CancellationToken cancellationToken) =>
        CountAsync(body, [], unmasked, cancellationToken);

    /// <summary>The members of a segment now, in the order of their keys.</summary>
    /// <param name="unmasked">Whether the caller sees identifiers of people.</param>
    public async Task<Result<ListPage<SegmentMember>>> MembersAsync(string segmentId, PageRequest asked, bool unmasked, CancellationToken cancellationToken)
    {
        var resolved = await segments.ResolveAsync(segmentId, cancellationToken);
        if (resolved is not Result<RuleNode>.Ok(var rule))
        {
            return resolved.Match<Result<ListPage<SegmentMember>>>(_ => throw new InvalidOperationException("Not reached."), refusal => refusal);
        }

        var compiled = RuleCompiler.Compile(rule, time.GetUtcNow());
        var start = MemberCursor.Parse(asked.After);
        var members = new List<SegmentMember>();
        MemberCursor? last = null;
        await foreach (var page in profiles.ReadAsync(start?.Key ?? 0, cancellationToken))
        {
            var holds = compiled.Select(page);
            var ids = page.Find(ProfileColumns.Id);
            for (var row = 0; row < page.Count; row++)
            {
                var key = page.Keys[row];
                if (start is { } cursor && key <= cursor.Key)
                {
                    if (key == cursor.Key && cursor.Is(IdOf(ids, row)))
                    {
                        start = null; // rows that share the key may follow
                    }

                    continue;
                }

                if (!holds[row])
                {
                    continue;
                }

                if (members.Count == asked.Limit)
                {
                    return new ListPage<SegmentMember>(members, last?.ToString());
                }

                members.Add(MemberViews.Of(page.ReadRow(row), unmasked));
                last = MemberCursor.Of(key, IdOf(ids, row));
            }
        }

        return new ListPage<SegmentMember>(members, Next: null);
    }

    private async Task<Result<SegmentEstimate>> CountAsync(JsonElement body, List<SegmentMember>? sample, bool unmasked, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (await ReadAsync(body, faults, cancellationToken) is not var (sent, resolved, asOf, isNow))
        {
            return SegmentService.RuleInvalid(faults);
        }

        var whole = RuleCompiler.Compile(resolved, asOf);
        var parts = Parts(sent, resolved).Select(part => (part.Pointer, Rule: RuleCompiler.Compile(part.Rule, asOf))).ToArray();
        var matches = new long[parts.Length];
        var (count, total, email, phone) = (0L, 0L, 0L, 0L);
        await foreach (var page in profiles.ReadAsync(cancellationToken))
        {
            var holds = whole.Select(page);
            total += page.Count;
            count += holds.Count;
            email += ColumnTest.Exists.Select(page, ProfileColumns.Email, holds).Count;
            phone += ColumnTest.Exists.Select(page, ProfileColumns.Phone, holds).Count;
            if (sample?.Count < SampleSize)
            {
                sample.AddRange(holds.ToArray().Take(SampleSize - sample.Count).Select(row => MemberViews.Of(page.ReadRow(row), unmasked)));
            }

            foreach (var (index, part) in parts.Index())
            {
                matches[index] += part.Rule.Select(page).Count;
            }
        }

        if (sent is RuleNode.InSegment(var segmentId) && isNow)
        {
            // Nothing but a saved segment: this is its size.
            await sizes.NoteAsync(segmentId, new(count, asOf, asOf), cancellationToken);
        }

        return new SegmentEstimate(
            count, total, asOf, [.. parts.Select((part, index) => new RuleMatches(part.Pointer, matches[index]))], new(email, phone), sample);
    }

    private async Task<(RuleNode Sent, RuleNode Resolved, DateTimeOffset AsOf, bool IsNow)?> ReadAsync(
        JsonElement body, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (JsonFields.Open(body, "", faults) is not { } json)
        {
            return null;
        }

        var asOf = AsOf.Read(json);
        (RuleNode Sent, RuleNode Resolved)? rule = null;
        if (json.Any("rules") is { } rules)
        {
            rule = await segments.ReadRuleAsync(rules, "/rules", faults, cancellationToken);
        }
        else
        {
            json.Refuse("rules", "missing_field", "'rules' is missing: whom to count.");
        }

        json.RefuseUnknown("an estimate");
        return faults.Count == 0 && rule is var (sent, resolved) ? (sent, resolved, asOf ?? time.GetUtcNow(), asOf is null) : null;
    }

    /// <summary>The rules at the top of the tree. Pointers are those of the rule as it was sent, whatever its references stand for.</summary>
    private static IEnumerable<(string Pointer, RuleNode Rule)> Parts(RuleNode sent, RuleNode resolved) => (sent, resolved) switch
    {
        (RuleNode.All, RuleNode.All(var rules)) => rules.Select((rule, index) => ($"/all/{index}", rule)),
        (RuleNode.Any, RuleNode.Any(var rules)) => rules.Select((rule, index) => ($"/any/{index}", rule)),
        _ => [("", resolved)],
    };

    private static string IdOf(ColumnReader? ids, int row) => (ids?[row] ?? default).ToString();

    /// <summary>The last member of a page: its key, and a hash of its id, for cursors are readable and an id may be an address.</summary>
    private readonly record struct MemberCursor(ulong Key, ulong IdHash)
    {
        public static MemberCursor Of(ulong key, string id) => new(key, Hash(id));

        /// <returns>Null for null. A cursor comes back signed, so it is one of ours.</returns>
        public static MemberCursor? Parse(string? text) => text is null ? null : new(Hex(text.AsSpan(0, 16)), Hex(text.AsSpan(16, 16)));

        public bool Is(string id) => Hash(id) == IdHash;

        public override string ToString() => $"{Key:x16}{IdHash:x16}";

        private static ulong Hex(ReadOnlySpan<char> digits) => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        private static ulong Hash(string id) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
    }
}
