using System.Collections.Immutable;
using System.Text.RegularExpressions;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>How many of the identifiers a member must have.</summary>
public enum IdentifierNeed
{
    /// <summary>None is asked for.</summary>
    Any,
    AllOf,
    AtLeastOneOf,
    ExactlyOneOf,
}

/// <summary>Which targets a mapping may and must have, and what makes a member deliverable.</summary>
public sealed record FieldRules
{
    /// <summary>Any names, nothing required.</summary>
    public static FieldRules Free { get; } = new();

    /// <summary>The identifiers the platform matches by.</summary>
    public ImmutableArray<IdentifierRule> Identifiers { get; init; } = [];

    public IdentifierNeed Need { get; init; } = IdentifierNeed.Any;

    /// <summary>Attribute targets the platform knows; others are refused when <see cref="OnlyKnown"/> is set.</summary>
    public ImmutableArray<string> Known { get; init; } = [];

    /// <summary>Targets are those of <see cref="Identifiers"/> and <see cref="Known"/> alone.</summary>
    public bool OnlyKnown { get; init; }

    /// <summary>Targets that every mapping must have beside the identifiers.</summary>
    public ImmutableArray<string> Required { get; init; } = [];

    /// <summary>Targets that take values of one type only; the others take any.</summary>
    public ImmutableArray<TypedField> Typed { get; init; } = [];

    /// <summary>Regular expression every target name matches; null for any non-empty name.</summary>
    public string? NamePattern { get; init; }

    /// <summary>What <see cref="NamePattern"/> asks for, in words, to end a fault's sentence with.</summary>
    public string? NameHint { get; init; }

    /// <summary>The names of <see cref="Identifiers"/>.</summary>
    public IEnumerable<string> IdentifierNames => Identifiers.Select(rule => rule.Field);

    /// <summary>Every name the card knows: identifiers, required, typed and known fields, each once.</summary>
    public IEnumerable<string> Names =>
        IdentifierNames.Concat(Required).Concat(Known).Concat(Typed.Select(typed => typed.Name)).Distinct(StringComparer.Ordinal);

    public bool IsIdentifier(string target)
    {
        foreach (var rule in Identifiers)
        {
            if (rule.Field == target)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The identifier to use where a platform takes one: the first rule that has a value; null when none has.</summary>
    public (IdentifierRule Rule, string Value)? FirstOf(Row fields)
    {
        foreach (var rule in Identifiers)
        {
            if (rule.Of(fields) is { Length: > 0 } value)
            {
                return (rule, value);
            }
        }

        return null;
    }

    /// <summary>Faults of a mapping's targets, all at once; pointers are <c>{at}/{index}/to</c>, or <paramref name="at"/> itself for what is missing.</summary>
    public ImmutableArray<Fault> Check(IReadOnlyList<string> targets, string at = "/mapping")
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var known = Names.ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, target) in targets.Index())
        {
            if (CheckName(target, known, seen) is var (code, detail))
            {
                faults.Add(new($"{at}/{index}/to", code, detail) { Suggestion = code is "unknown_field" or "invalid_name" ? NearestName.Of(target, known) : null });
            }
        }

        foreach (var missing in Required.Except(targets, StringComparer.Ordinal))
        {
            faults.Add(new(at, "missing_field", $"'{missing}' must be mapped: the platform takes no member without it.") { Suggestion = missing });
        }

        if (CheckNeed(targets.Count(target => IdentifierNames.Contains(target)), mapped: true) is var (needCode, needDetail))
        {
            var suggestion = needCode is "missing_identifier" ? IdentifierNames.FirstOrDefault(name => !targets.Contains(name)) : null;
            faults.Add(new(at, needCode, needDetail) { Suggestion = suggestion });
        }

        return faults.ToImmutable();
    }

    /// <summary>Whether a target may have this name, next to others.</summary>
    public bool TakesName(string target) => CheckTarget(target) is null;

    /// <summary>Why no target may have this name; null when one may.</summary>
    public (string Code, string Detail)? CheckTarget(string target) => CheckName(target, Names.ToHashSet(StringComparer.Ordinal), seen: []);

    /// <summary>Why a member with these fields cannot be delivered; null when it can.</summary>
    public (string Code, string Detail)? Missing(Row fields) =>
        Required.FirstOrDefault(name => fields[name].ToString().Length == 0) is { } missing ? ("missing_field", $"The member needs {missing}.")
        : CheckNeed(Identifiers.Count(rule => rule.IsFilled(fields)), mapped: false);

    /// <summary>Why a row cannot be sent: as <see cref="Missing"/> where it must be complete, else (an exit, an event) when it has none of the identifiers.</summary>
    internal (string Code, string Detail)? CheckSendable(Row fields, bool complete) =>
        Need is IdentifierNeed.Any ? null
        : complete ? Missing(fields)
        : Identifiers.Any(rule => rule.IsFilled(fields)) ? null
        : ("missing_identifier", $"The member needs one of {string.Join(", ", IdentifierNames)}.");

    private (string Code, string Detail)? CheckName(string target, HashSet<string> known, HashSet<string> seen) =>
        target.Length == 0 ? ("required", "A target needs a name.")
        : !seen.Add(target) ? ("duplicate_target", $"'{target}' is mapped twice. Keep one of them.")
        : known.Contains(target) ? null
        : OnlyKnown ? ("unknown_field", $"'{target}' is not a field of this audience.{NearestName.Suggestion(target, known)}")
        : NamePattern is { } pattern && !Regex.IsMatch(target, pattern, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1))
            ? ("invalid_name", $"'{target}' is not a possible field name: {NameHint ?? $"it must match {pattern}"}.")
        : null;

    private (string Code, string Detail)? CheckNeed(int count, bool mapped)
    {
        var names = string.Join(", ", IdentifierNames);
        var verb = mapped ? "Map" : "The member needs";
        return Need switch
        {
            IdentifierNeed.AllOf when count < Identifiers.Length => ("missing_identifier", $"{verb} all of {names}."),
            IdentifierNeed.AtLeastOneOf when count == 0 => ("missing_identifier", $"{verb} at least one of {names}."),
            IdentifierNeed.ExactlyOneOf when count == 0 => ("missing_identifier", $"{verb} one of {names}."),
            IdentifierNeed.ExactlyOneOf when count > 1 => ("ambiguous_identifier", $"{verb} exactly one of {names}, not {count}."),
            _ => null,
        };
    }
}

/// <summary>A target that takes one type of value.</summary>
public sealed record TypedField(string Name, FieldType Type);

/// <summary>Types of value that platforms tell apart.</summary>
public enum FieldType
{
    /// <summary>Any value but a list, as text.</summary>
    Text,

    /// <summary>Whole or with decimals.</summary>
    Number,

    Boolean,

    /// <summary>A day or a moment.</summary>
    Date,

    /// <summary>Several texts.</summary>
    TextList,
}
