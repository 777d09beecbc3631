namespace AudienceSync.Storage;

/// <summary>The tables of the app (3–63 letters and digits).</summary>
internal static class TableNames
{
    public const string Audit = "audit";
    public const string Campaigns = "campaigns";
    public const string Connections = "connections";
    public const string Deliveries = "deliveries";
    public const string Destinations = "destinations";
    public const string Erasures = "erasures";
    public const string Idempotency = "idempotency";
    public const string Imports = "imports";
    public const string Inbox = "inbox";
    public const string Journeys = "journeys";
    public const string Keys = "keys";
    public const string Leases = "leases";
    public const string Manifests = "manifests";
    public const string Outcomes = "outcomes";
    public const string Pages = "pages";
    public const string Runs = "runs";
    public const string Segments = "segments";

    public static IReadOnlyList<string> All { get; } =
        [Audit, Campaigns, Connections, Deliveries, Destinations, Erasures, Idempotency, Imports, Inbox, Journeys, Keys, Leases, Manifests, Outcomes, Pages, Runs, Segments];
}
