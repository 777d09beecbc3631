using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Shopify;

/// <summary>Customers: found by id, email or phone, and tagged; many in one document, each under a name of its own (<c>c0</c>, <c>c1</c> …).</summary>
internal static partial class ShopifyCustomers
{
    public static readonly IdentifierRule Id = new Identifier("shopify_id").As("id").Trimmed();
    public static readonly IdentifierRule Email = Identifier.Email.As("email").TrimmedLowercase();
    public static readonly IdentifierRule Phone = Identifier.Phone.As("phone").E164();

    private const string Prefix = "gid://shopify/Customer/";

    public static RowOutcome? CheckRow(DeliveryRow row) => Id.Of(row.Fields) is { Length: > 0 } id && !IdForm().IsMatch(id)
        ? new(RowFate.Rejected, "invalid_id", $"A customer's id is a number, or {Prefix} and a number.")
        : null;

    /// <summary>By the surest identifier: the shop's own id, then the email, then the phone.</summary>
    public static void WriteFind(Utf8JsonWriter json, DeliveryBatch batch) => Write(json, batch, "query", "$i{0}:CustomerIdentifierInput!", "c{0}:customerByIdentifier(identifier:$i{0}){{id}}", (index, row) =>
    {
        json.WriteStartObject(Name('i', index));
        if (Id.Of(row.Fields) is { Length: > 0 } id)
        {
            json.WriteString("id", id.StartsWith(Prefix, StringComparison.Ordinal) ? id : $"{Prefix}{id}");
        }
        else if (Email.Of(row.Fields) is { Length: > 0 } email)
        {
            json.WriteString("emailAddress", email);
        }
        else
        {
            json.WriteString("phoneNumber", Phone.Of(row.Fields));
        }

        json.WriteEndObject();
    });

    public static StepResult ReadFind(ConnectorResponse response, DeliveryBatch batch, bool mayCreate) => ShopifyAnswers.ReadRows(response, batch, (row, customer) =>
        customer.TextAt("id") is { } id ? RowAnswer.Known(id)
        : row.Operation is DeliveryOperation.Remove ? RowOutcome.Accepted // nobody there
        : mayCreate && Id.Of(row.Fields).Length == 0 ? RowAnswer.Next
        : new RowOutcome(RowFate.Rejected, "no_such_customer", "The shop knows no such customer, and the connection creates none."));

    public static void WriteCreate(Utf8JsonWriter json, DeliveryBatch batch) => Write(
        json, batch, "mutation", "$i{0}:CustomerInput!", "c{0}:customerCreate(input:$i{0}){{customer{{id}} userErrors{{field message}}}}", (index, row) =>
        {
            json.WriteStartObject(Name('i', index));
            foreach (var rule in (ReadOnlySpan<IdentifierRule>)[Email, Phone])
            {
                if (rule.Of(row.Fields) is { Length: > 0 } value)
                {
                    json.WriteString(rule.Field, value);
                }
            }

            json.WriteEndObject();
        });

    public static StepResult ReadCreate(ConnectorResponse response, DeliveryBatch batch) => ShopifyAnswers.ReadRows(response, batch, static (_, created) =>
        created.TextAt("customer", "id") is { } id ? RowAnswer.Created(id) : ShopifyAnswers.UserError(created));

    public static void WriteTags(Utf8JsonWriter json, DeliveryBatch batch, string tag)
    {
        var document = new StringBuilder("mutation($t:[String!]!");
        for (var index = 0; index < batch.Rows.Length; index++)
        {
            document.Append(CultureInfo.InvariantCulture, $",$i{index}:ID!");
        }

        document.Append("){");
        foreach (var (index, row) in batch.Rows.Index())
        {
            document.Append(CultureInfo.InvariantCulture, $"c{index}:{(row.Operation is DeliveryOperation.Remove ? "tagsRemove" : "tagsAdd")}(id:$i{index},tags:$t){{node{{id}} userErrors{{field message}}}} ");
        }

        json.WriteString("query", document.Append('}').ToString());
        json.WriteStartObject("variables");
        json.WriteStartArray("t");
        json.WriteStringValue(tag);
        json.WriteEndArray();
        foreach (var (index, row) in batch.Rows.Index())
        {
            json.WriteString(Name('i', index), row.RemoteId);
        }

        json.WriteEndObject();
    }

    /// <summary>A customer who is gone has left; one who is to be added is looked for anew.</summary>
    public static StepResult ReadTags(ConnectorResponse response, DeliveryBatch batch) => ShopifyAnswers.ReadRows(response, batch, static (row, result) =>
        result.ValueKind is not JsonValueKind.Object ? new RowOutcome(RowFate.Uncertain, "not_mentioned", "Shopify's answer does not mention the customer.")
        : !result.ItemsAt("userErrors").Any() ? RowOutcome.Accepted
        : !IsGone(result) ? ShopifyAnswers.UserError(result)
        : row.Operation is DeliveryOperation.Remove ? RowOutcome.Accepted
        : RowOutcome.Forgotten);

    private static bool IsGone(JsonElement result) => result.ItemsAt("userErrors").Any(static error =>
        error.TextAt("message") is { } message && (message.Contains("does not exist", StringComparison.OrdinalIgnoreCase) || message.Contains("not found", StringComparison.OrdinalIgnoreCase)));

    private static void Write(Utf8JsonWriter json, DeliveryBatch batch, string kind, string variable, string field, Action<int, DeliveryRow> writeVariable)
    {
        var (variables, fields) = (CompositeFormat.Parse(variable), CompositeFormat.Parse(field));
        var numbers = Enumerable.Range(0, batch.Rows.Length).ToList();
        json.WriteString("query", string.Concat(
            $"{kind}({string.Join(',', numbers.Select(number => string.Format(CultureInfo.InvariantCulture, variables, number)))}){{",
            string.Join(' ', numbers.Select(number => string.Format(CultureInfo.InvariantCulture, fields, number))),
            "}"));
        json.WriteStartObject("variables");
        foreach (var (index, row) in batch.Rows.Index())
        {
            writeVariable(index, row);
        }

        json.WriteEndObject();
    }

    private static string Name(char kind, int index) => string.Create(CultureInfo.InvariantCulture, $"{kind}{index}");

    [GeneratedRegex("^(?:gid://shopify/Customer/)?[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex IdForm();
}
