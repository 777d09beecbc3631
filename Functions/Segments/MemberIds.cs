using System.Runtime.CompilerServices;
using AudienceSync.Profiles;

namespace AudienceSync.Segments;

/// <summary>Whom a rule holds for, as ids, page by page: for those who do something with everyone once.</summary>
public sealed class MemberIds(ProfilePages profiles)
{
    /// <summary>The ids of one page at a time; pages without a member are passed over.</summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> ReadAsync(RuleNode rule, DateTimeOffset asOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var compiled = RuleCompiler.Compile(rule, asOf);
        await foreach (var page in profiles.ReadAsync(cancellationToken))
        {
            var rows = compiled.Select(page).ToArray();
            if (rows.Length > 0 && page.Find(ProfileColumns.Id) is { } ids)
            {
                yield return [.. rows.Select(row => ids[row].AsText())];
            }
        }
    }
}
