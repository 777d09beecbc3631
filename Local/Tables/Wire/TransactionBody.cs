using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>Writes a transaction: a multipart body whose parts are requests (an "entity group transaction").</summary>
internal static class TransactionBody
{
    /// <returns>The body and its content type.</returns>
    public static (PooledBuffer Body, string ContentType) Write(TableRest rest, string table, IReadOnlyList<TableTransactionAction> actions)
    {
        var (batch, changeset) = ($"batch_{Guid.NewGuid()}", $"changeset_{Guid.NewGuid()}");
        var body = new PooledBuffer(actions.Sum(action => EntityJson.EstimateLength(action.Entity) + 1024));
        body.Write($"--{batch}\r\nContent-Type: multipart/mixed; boundary={changeset}\r\n\r\n");
        foreach (var action in actions)
        {
            body.Write($"--{changeset}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
            WritePart(body, rest, table, action);
            body.Write("\r\n");
        }

        body.Write($"--{changeset}--\r\n--{batch}--\r\n");
        return (body, $"multipart/mixed; boundary={batch}");
    }

    private static void WritePart(PooledBuffer body, TableRest rest, string table, TableTransactionAction action)
    {
        var (method, ifMatch) = action.ActionType switch
        {
            TableTransactionActionType.Add => (RequestMethod.Post, null),
            TableTransactionActionType.UpdateMerge => (RequestMethod.Patch, Condition(action.ETag, otherwise: null)),
            TableTransactionActionType.UpdateReplace => (RequestMethod.Put, Condition(action.ETag, otherwise: null)),
            TableTransactionActionType.UpsertMerge => (RequestMethod.Patch, null),
            TableTransactionActionType.UpsertReplace => (RequestMethod.Put, null),
            TableTransactionActionType.Delete => (RequestMethod.Delete, Condition(action.ETag, otherwise: "*")),
            var other => throw new InvalidOperationException($"{other} is not an action of a transaction."),
        };

        var path = action.ActionType is TableTransactionActionType.Add
            ? table
            : TableRest.EntityPath(table, action.Entity.PartitionKey, action.Entity.RowKey);
        body.Write($"{method} {rest.Address(path)} HTTP/1.1\r\n");
        foreach (var (name, value) in rest.CommonHeaders()) body.Write($"{name}: {value}\r\n");
        if (ifMatch is not null) body.Write($"If-Match: {ifMatch}\r\n");
        if (action.ActionType is TableTransactionActionType.Add) body.Write("Prefer: return-no-content\r\n");
        if (action.ActionType is TableTransactionActionType.Delete)
        {
            body.Write("\r\n");
            return;
        }

        body.Write("Content-Type: application/json\r\n\r\n");
        EntityJson.Write(body, action.Entity);
    }

    private static string? Condition(ETag etag, string? otherwise) => etag == default ? otherwise : etag.ToString();
}
