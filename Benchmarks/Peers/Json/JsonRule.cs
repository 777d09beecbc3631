using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace AudienceSync.Benchmarks.Peers.Json;

/// <summary>Interprets a rule over profiles as JSON, one <see cref="JsonDocument"/> a profile: the plain way to do it, and no code of the app.</summary>
/// <remarks>The rule itself is read once: names as UTF-8, values in their types. It stops at the first condition that fails.</remarks>
internal sealed class JsonRule
{
    private readonly ImmutableArray<Condition> _all;
    private readonly DateTimeOffset _asOf;

    /// <param name="rule">Conditions joined by <c>all</c>, of the operators <c>in, gte, gt, withinLast, ne, eq</c>.</param>
    public JsonRule(JsonElement rule, DateTimeOffset asOf)
    {
        _asOf = asOf;
        _all = [.. rule.GetProperty("all").EnumerateArray().Select(ReadCondition)];
    }

    private enum Operator
    {
        In,
        Gte,
        Gt,
        WithinLast,
        Ne,
        Eq,
    }

    public bool Holds(ReadOnlyMemory<byte> profile)
    {
        using var document = JsonDocument.Parse(profile);
        var root = document.RootElement;
        foreach (var condition in _all)
        {
            if (!Holds(condition, root))
            {
                return false;
            }
        }

        return true;
    }

    private bool Holds(Condition condition, JsonElement profile)
    {
        if (!profile.TryGetProperty(condition.Attribute, out var attribute))
        {
            return condition.Operator is Operator.Ne;
        }

        return condition.Operator switch
        {
            Operator.In => IsAny(attribute, condition.Texts),
            Operator.Gte => attribute.GetDecimal() >= condition.Number,
            Operator.Gt => attribute.GetDecimal() > condition.Number,
            Operator.WithinLast => attribute.GetDateTimeOffset() is var moment && moment > condition.From && moment <= _asOf,
            Operator.Ne => !IsEqual(attribute, condition),
            _ => IsEqual(attribute, condition),
        };
    }

    private static bool IsEqual(JsonElement attribute, Condition condition) => condition.Kind switch
    {
        JsonValueKind.String => IsAny(attribute, condition.Texts),
        JsonValueKind.Number => attribute.ValueKind is JsonValueKind.Number && attribute.GetDecimal() == condition.Number,
        _ => attribute.ValueKind == condition.Kind,
    };

    private static bool IsAny(JsonElement attribute, ImmutableArray<byte[]> texts)
    {
        if (attribute.ValueKind is JsonValueKind.String)
        {
            foreach (var text in texts)
            {
                if (attribute.ValueEquals(text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private Condition ReadCondition(JsonElement json)
    {
        var value = json.GetProperty("value");
        return new(
            Encoding.UTF8.GetBytes(json.GetProperty("attr").GetString()!),
            Enum.Parse<Operator>(json.GetProperty("op").GetString()!, ignoreCase: true),
            value.ValueKind,
            value.ValueKind switch
            {
                JsonValueKind.Array => [.. value.EnumerateArray().Select(Text)],
                JsonValueKind.String => [Text(value)],
                _ => [],
            },
            value.ValueKind is JsonValueKind.Number ? value.GetDecimal() : 0,
            value.ValueKind is JsonValueKind.Object ? _asOf.AddDays(-value.GetProperty("days").GetInt32()) : default);

        static byte[] Text(JsonElement text) => Encoding.UTF8.GetBytes(text.GetString()!);
    }

    /// <param name="Texts">The values of <see cref="Operator.In"/>, or the one text to be equal to.</param>
    /// <param name="From">Where the time of <see cref="Operator.WithinLast"/> begins.</param>
    private sealed record Condition(byte[] Attribute, Operator Operator, JsonValueKind Kind, ImmutableArray<byte[]> Texts, decimal Number, DateTimeOffset From);
}
