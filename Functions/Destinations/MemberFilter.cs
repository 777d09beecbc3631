using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>What a destination leaves out of what its source gives it: members, or fields of what is sent about them. A closed family.</summary>
[JsonConverter(typeof(MemberFilterConverter))]
public abstract record MemberFilter
{
    private MemberFilter()
    {
    }

    /// <summary>For people; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Whom it looks at; null for everyone.</summary>
    public RuleNode? When { get; init; }

    /// <summary>Leaves out whom it looks at.</summary>
    public sealed record Drop : MemberFilter;

    /// <summary>Keeps a share of those whom it looks at and leaves out the others: a pure function of salt and profile id.</summary>
    /// <param name="Share">In hundredths of a percent, so in buckets.</param>
    /// <param name="Salt">Null for one of the destination's own.</param>
    public sealed record Sample(int Share, string? Salt) : MemberFilter;

    /// <summary>Leaves fields out of what is sent about those whom it looks at.</summary>
    /// <param name="Allows">The names are those that stay; else those that go.</param>
    /// <param name="Names">Targets of the mapping.</param>
    public sealed record Fields(bool Allows, ImmutableArray<string> Names) : MemberFilter;
}

/// <summary>As requests spell what a filter does.</summary>
internal enum FilterAction
{
    Drop = 1,
    Sample,
    Allow,
    Deny,
}

/// <summary>A filter as documents and answers hold it: <c>{"action","name","if",…}</c>.</summary>
internal sealed class MemberFilterConverter : JsonConverter<MemberFilter>
{
    public override MemberFilter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var json = document.RootElement;
        MemberFilter filter = json.GetProperty(FilterFields.Action).GetString() switch
        {
            "drop" => new MemberFilter.Drop(),
            "sample" => new MemberFilter.Sample((int)(json.GetProperty(FilterFields.Percent).GetDecimal() * 100), Text(FilterFields.Salt)),
            "allow" => new MemberFilter.Fields(Allows: true, Names()),
            "deny" => new MemberFilter.Fields(Allows: false, Names()),
            var other => throw new JsonException($"The stored filter cannot be read: there is no action '{other}'."),
        };
        return filter with
        {
            Name = Text(FilterFields.Name),
            When = json.TryGetProperty(FilterFields.If, out var rule) ? RuleReader.ReadStored(rule) : null,
        };

        string? Text(string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

        ImmutableArray<string> Names() => [.. json.GetProperty(FilterFields.Fields).EnumerateArray().Select(name => name.GetString()!)];
    }

    public override void Write(Utf8JsonWriter writer, MemberFilter value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString(FilterFields.Action, ActionOf(value));
        if (value.Name is { } name)
        {
            writer.WriteString(FilterFields.Name, name);
        }

        if (value.When is { } rule)
        {
            writer.WritePropertyName(FilterFields.If);
            RuleWriter.Write(writer, rule);
        }

        switch (value)
        {
            case MemberFilter.Sample(var share, var salt):
                writer.WriteNumber(FilterFields.Percent, share / 100m);
                if (salt is not null)
                {
                    writer.WriteString(FilterFields.Salt, salt);
                }

                break;
            case MemberFilter.Fields(_, var names):
                writer.WriteStartArray(FilterFields.Fields);
                foreach (var target in names)
                {
                    writer.WriteStringValue(target);
                }

                writer.WriteEndArray();
                break;
        }

        writer.WriteEndObject();
    }

    private static string ActionOf(MemberFilter filter) => filter switch
    {
        MemberFilter.Drop => "drop",
        MemberFilter.Sample => "sample",
        MemberFilter.Fields { Allows: true } => "allow",
        _ => "deny",
    };
}

/// <summary>Names of a filter's members.</summary>
internal static class FilterFields
{
    public const string Action = "action";
    public const string Name = "name";
    public const string If = "if";
    public const string Percent = "percent";
    public const string Salt = "salt";
    public const string Fields = "fields";
}
