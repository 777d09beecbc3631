using AudienceSync.Access;
using AudienceSync.Ids;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The audit trail: one partition a month, the newest row first.</summary>
internal sealed class AuditTable(TableClient table, TimeProvider time) : DocumentTable<AuditEvent>(table, StorageJson.Default.AuditEvent), IAuditLog
{
    /// <summary>How many months a list looks back.</summary>
    private const int Months = 13;

    protected override AuditEvent WithETag(AuditEvent value, string etag) => value;

    public Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken) =>
        UpsertAsync(PartitionOf(auditEvent.At), RowOf(auditEvent.Id, auditEvent.At), auditEvent, cancellationToken);

    public async Task<IReadOnlyList<AuditEvent>> ListAsync(int limit, string? after, CancellationToken cancellationToken)
    {
        List<AuditEvent> found = [];
        var from = after is null ? time.GetUtcNow() : NewId.TimeOf(after) ?? time.GetUtcNow();
        for (var month = 0; month < Months && found.Count < limit; month++)
        {
            var partition = PartitionOf(from.AddMonths(-month));
            var row = after is not null && month == 0 ? RowOf(after, from) : null;
            await foreach (var (_, value) in ListAsync(partition, "t", row, cancellationToken))
            {
                found.Add(value);
                if (found.Count == limit)
                {
                    break;
                }
            }
        }

        return found;
    }

    private static string PartitionOf(DateTimeOffset at) => $"{at.UtcDateTime:yyyy-MM}";

    /// <summary>Milliseconds counted down, so that the newest comes first: what the id's own time says, for the cursor knows the id alone.</summary>
    private static string RowOf(string id, DateTimeOffset at) =>
        $"t{DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - (NewId.TimeOf(id) ?? at).ToUnixTimeMilliseconds():D16}-{TableKeys.Escape(id)}";
}
