using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

/// <summary>What tests of a connector have in common: settings, deliveries, checks and look-ups against scripted answers or a wire file.</summary>
internal sealed class PlatformTest(ConnectorDefinition connector, params (string Name, string Value)[] settings)
{
    public static readonly AudienceRef Audience = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    public ManualTimeProvider Time { get; } = new(Samples.Now);

    public ConnectorSettings Settings { get; } = SettingsOf(connector, settings);

    /// <summary>With these settings instead of or beside the others.</summary>
    public PlatformTest With(params (string Name, string Value)[] more) =>
        new(connector, [.. settings.Where(setting => !more.Any(other => other.Name == setting.Name)), .. more]);

    public static DeliveryBatch Batch(string externalId, params DeliveryRow[] rows) => Samples.Batch(rows) with { Audience = Audience with { ExternalId = externalId } };

    public async Task<DeliveryReport> DeliverAsync(IOutbound outbound, DeliveryBatch batch) =>
        await EndAsync(new ConnectorClient(outbound, Time).DeliverAsync(connector, Settings, batch, CancellationToken.None));

    /// <summary>Delivers the batch to the platform of the file and compares what was sent with it.</summary>
    public async Task<DeliveryReport> DeliverAsync(string file, DeliveryBatch batch)
    {
        var wire = WireFile.Read(connector.Type, file);
        var outbound = wire.Outbound();
        var report = await DeliverAsync(outbound, batch);
        wire.ShouldBe(outbound.Sent);
        return report;
    }

    public async Task<DeliveryReport> PollAsync(IOutbound outbound, DeliveryBatch batch, string job) =>
        await EndAsync(new ConnectorClient(outbound, Time).PollAsync(connector, Settings, batch, job, CancellationToken.None));

    public async Task<DeliveryReport> PollAsync(string file, DeliveryBatch batch, string job)
    {
        var wire = WireFile.Read(connector.Type, file);
        var outbound = wire.Outbound();
        var report = await PollAsync(outbound, batch, job);
        wire.ShouldBe(outbound.Sent);
        return report;
    }

    public async Task<ImmutableArray<CheckStep>> CheckAsync(IOutbound outbound) =>
        await EndAsync(new ConnectorClient(outbound, Time).CheckAsync(connector, Settings, CancellationToken.None));

    public async Task<ImmutableArray<CheckStep>> CheckAsync(string file)
    {
        var wire = WireFile.Read(connector.Type, file);
        var outbound = wire.Outbound();
        var steps = await CheckAsync(outbound);
        wire.ShouldBe(outbound.Sent);
        return steps;
    }

    public async Task<AudienceReport> ResolveAsync(IOutbound outbound, AudienceRef? audience = null) =>
        await EndAsync(new ConnectorClient(outbound, Time).ResolveAudienceAsync(connector, Settings, audience ?? Audience, CancellationToken.None));

    /// <summary>Finds or creates the audience on the platform of the file.</summary>
    public async Task<AudienceReport> ResolveAsync(string file)
    {
        var wire = WireFile.Read(connector.Type, file);
        var outbound = wire.Outbound();
        var report = await ResolveAsync(outbound);
        wire.ShouldBe(outbound.Sent);
        return report;
    }

    /// <summary>The faults of the settings as <c>pointer code</c>, with commas between.</summary>
    public string Faults() => string.Join(',', SettingRules.Check(connector, Settings).Select(fault => $"{fault.Pointer} {fault.Code}"));

    /// <summary>Fate and code of each row.</summary>
    public static IEnumerable<(RowFate, string?)> Fates(DeliveryReport report) =>
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code));

    /// <summary>All rows were accepted.</summary>
    public static void ShouldAccept(DeliveryReport report) =>
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);

    private static ConnectorSettings SettingsOf(ConnectorDefinition connector, (string Name, string Value)[] settings)
    {
        var secrets = connector.Settings.Where(field => field.Kind is SettingKind.Secret).Select(field => field.Name).ToHashSet();
        return new(
            "con_1",
            settings.Where(setting => !secrets.Contains(setting.Name)).ToImmutableDictionary(setting => setting.Name, setting => setting.Value),
            settings.Where(setting => secrets.Contains(setting.Name)).ToImmutableDictionary(setting => setting.Name, setting => setting.Value));
    }

    /// <summary>Moves the clock on whenever the conversation waits.</summary>
    private async Task<T> EndAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            if (Time.ActiveTimers > 0)
            {
                Time.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Yield();
        }

        return await task;
    }
}
