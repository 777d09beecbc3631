using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Shows and changes the holdout of all campaigns. A change takes effect with the next run of each destination.</summary>
public sealed class HoldoutService(IHoldoutStore store, TimeProvider time)
{
    public async Task<HoldoutView> GetAsync(CancellationToken cancellationToken) => View(await store.ReadAsync(cancellationToken));

    /// <summary>Takes <c>{"percent","salt"}</c>; without a salt it stays, and the first is made.</summary>
    public async Task<Result<HoldoutView>> PutAsync(JsonElement body, string ifMatch, CancellationToken cancellationToken)
    {
        var current = await store.ReadAsync(cancellationToken);
        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return Refusal.Stale(current.ETag);
        }

        var faults = new List<Fault>();
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return Refusal.Invalid(faults);
        }

        if (fields.Any("percent") is null)
        {
            fields.Refuse("percent", "required", "Say which share of all profiles is held out, in percent; 0 holds nobody out.");
        }

        var percent = Percent.Read(fields, "percent");
        var salt = fields.Text("salt", RuleReader.MaxNameLength);
        if (salt is "")
        {
            fields.Refuse("salt", "empty_text", "The salt is empty. Leave it out to keep the present one.");
        }

        fields.Ignore("buckets", "etag");
        fields.RefuseUnknown("the holdout");
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        var wanted = current with
        {
            Share = percent!.Value,
            Salt = salt ?? (current.Revision == 0 ? NewId.Ulid(time.GetUtcNow())[10..].ToLowerInvariant() : current.Salt),
            Revision = current.Revision + 1,
        };
        return await store.TryWriteAsync(wanted, cancellationToken) is { } written
            ? View(written)
            : Refusal.Stale((await store.ReadAsync(cancellationToken)).ETag);
    }

    private static HoldoutView View(Holdout holdout) => new(Percent.Of(holdout.Share), holdout.Salt, new(0, holdout.Share), holdout.ETag);
}
