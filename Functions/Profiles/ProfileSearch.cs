using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Finds profiles by what they are called elsewhere: every value that a profile ever had for an identifier counts, in any spelling that is one with it.</summary>
/// <remarks>There is no index of identifiers: one column of every page is read, as for a count of a segment.</remarks>
public sealed class ProfileSearch(ProfilePages pages, ProfileLookup lookup)
{
    /// <summary>Most profiles of an answer. More than a few share a value only where a default was imported as an address.</summary>
    public const int MaxFound = 100;

    /// <summary>Characters.</summary>
    private const int MaxValue = 1_024;

    /// <summary>Reads <c>{"email":…}</c>, or <c>{"identifiers":{"email":…}}</c> as a profile is sent. Several identifiers must all be the profile's.</summary>
    /// <param name="unmasked">Whether identifiers are shown whole.</param>
    public async Task<Result<FoundProfiles>> FindAsync(JsonElement body, bool unmasked, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        var wanted = Read(body, faults);
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        var found = ImmutableArray.CreateBuilder<ProfileAnswer>();
        await foreach (var page in pages.ReadAsync(cancellationToken))
        {
            foreach (var row in wanted.Aggregate(RowSet.All(page.Count), (rows, value) => Holders(page, value, rows)).ToArray())
            {
                if (found.Count == MaxFound)
                {
                    return new FoundProfiles(found.ToImmutable(), IsTruncated: true);
                }

                found.Add(await lookup.ShowAsync(ProfileState.FromRow(page.ReadRow(row)), unmasked, cancellationToken));
            }
        }

        return new FoundProfiles(found.ToImmutable(), IsTruncated: false);
    }

    private static List<(string Name, string Value)> Read(JsonElement body, List<Fault> faults)
    {
        var wanted = new List<(string, string)>();
        if (JsonFields.Open(body, "", faults) is not { } outer)
        {
            return wanted;
        }

        var inner = outer.Object("identifiers");
        foreach (var fields in new[] { outer, inner }.OfType<JsonFields>())
        {
            foreach (var name in ProfileColumns.Identifiers)
            {
                if (fields.Text(name, MaxValue) is not { } value)
                {
                    continue;
                }

                if (ProfileRules.CheckIdentifier(name, ref value, fields.PointerTo(name)) is { } fault)
                {
                    faults.Add(fault);
                }

                wanted.Add((name, value));
            }
        }

        inner?.RefuseUnknown("the identifiers");
        outer.RefuseUnknown("a lookup of profiles");
        if (wanted.Count == 0 && faults.Count == 0)
        {
            faults.Add(new("", "required", $"Say whom to look for by one or more of {string.Join(", ", ProfileColumns.Identifiers)}."));
        }

        return wanted;
    }

    /// <summary>Rows whose profile has the value now, or had it before.</summary>
    private static RowSet Holders(PageReader page, (string Name, string Value) wanted, RowSet among)
    {
        var (name, value) = wanted;
        var now = new ColumnTest { Holds = cell => cell.Type is CellType.Text && IdentifierForms.AreOne(name, cell.AsText(), value) };
        var before = new ColumnTest { Holds = cell => SeenIdentifiers.OthersOf(cell, name).Any(other => IdentifierForms.AreOne(name, other, value)) };
        return now.Select(page, name, among).Or(before.Select(page, ProfileColumns.Seen, among));
    }
}

/// <param name="Value">In the order of their keys.</param>
/// <param name="IsTruncated">There are more than are shown.</param>
public sealed record FoundProfiles(ImmutableArray<ProfileAnswer> Value, bool IsTruncated);
