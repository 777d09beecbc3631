using AudienceSync.Campaigns;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The holdout: one row in the campaigns' table.</summary>
internal sealed class HoldoutTable(TableClient table) : DocumentTable<Holdout>(table, CampaignsJson.Default.Holdout), IHoldoutStore
{
    private const string Partition = "holdout";
    private const string Row = "all";

    protected override Holdout WithETag(Holdout value, string etag) => value with { Version = etag };

    public async Task<Holdout> ReadAsync(CancellationToken cancellationToken) => await ReadAsync(Partition, Row, cancellationToken) ?? Holdout.None;

    public Task<Holdout?> TryWriteAsync(Holdout holdout, CancellationToken cancellationToken) => holdout.Version.Length == 0
        ? InsertAsync(Partition, Row, holdout, cancellationToken)
        : ReplaceAsync(Partition, Row, holdout, holdout.Version, cancellationToken);
}
