using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Profiles.Attributes;

/// <summary>An attribute or identifier as the catalogue shows it.</summary>
/// <param name="Type">Of all its values; where they have several, the one that most have (<c>decimal</c> of whole and other numbers).</param>
/// <param name="Types">All types that were ever seen, in the order of first sight.</param>
/// <param name="Category">See <see cref="AttributeNames.CategoryOf"/>.</param>
/// <param name="Profiles">How many there are.</param>
/// <param name="Filled">How many of them have a value.</param>
/// <param name="FillRate">The share of profiles that have a value, 0–1, to four decimals.</param>
/// <param name="DistinctEstimate">Distinct values; of lists distinct items. See <see cref="DistinctSketch.StandardError"/>.</param>
/// <param name="DistinctIsExact">Whether they are few enough to have been counted.</param>
/// <param name="UsedBy">In the order of type and name.</param>
public sealed record AttributeView(
    string Name, AttributeKind Kind, string Type, ImmutableArray<string> Types, string Category, PiiClass PiiClass, long Profiles, long Filled, double FillRate,
    long DistinctEstimate, bool DistinctIsExact, ImmutableArray<AttributeUser> UsedBy);

[JsonConverter(typeof(CamelCaseEnumConverter<AttributeKind>))]
public enum AttributeKind
{
    Attribute,
    Identifier,
}

/// <summary>Which attributes are listed. Null or empty parts take everything.</summary>
/// <param name="Search">A part of the name, whatever its letters' size.</param>
/// <param name="Types">Any of the types that were seen.</param>
/// <param name="IsUsed">Whether anything uses it.</param>
public sealed record AttributeFilter(
    string? Search, ImmutableArray<string> Categories, ImmutableArray<string> Types, ImmutableArray<PiiClass> PiiClasses, ImmutableArray<AttributeKind> Kinds, bool? IsUsed)
{
    internal bool Takes(AttributeView attribute) =>
        (Search is null || attribute.Name.Contains(Search, StringComparison.OrdinalIgnoreCase))
        && (Categories.IsEmpty || Categories.Contains(attribute.Category, StringComparer.OrdinalIgnoreCase))
        && (Types.IsEmpty || Types.Any(type => attribute.Types.Contains(type)))
        && (PiiClasses.IsEmpty || PiiClasses.Contains(attribute.PiiClass))
        && (Kinds.IsEmpty || Kinds.Contains(attribute.Kind))
        && (IsUsed is null || IsUsed == !attribute.UsedBy.IsEmpty);
}
