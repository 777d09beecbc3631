using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Snapshots;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Asks each gate of a snapshot about one profile, also those that a run would not come to, and puts the answers into words.</summary>
internal sealed class GateTraces(DestinationSpec open, TrackingIds trackingIds)
{
    /// <returns>In the order of the snapshot.</returns>
    public async Task<ImmutableArray<GateVerdict>> ReadAsync(TracedProfile profile, PageReader page, CancellationToken cancellationToken)
    {
        var (request, spec) = (open.Request, open.Spec);
        var everyone = RowSet.All(page.Count);
        return
        [
            Consent(request, profile, page),
            Suppression(profile),
            Holdout(request, spec, profile, page),
            open.SelectDeliverable(page, everyone).IsEmpty
                ? new("identifiers", false, Missing(profile))
                : new("identifiers", true, "The mapping gives the identifiers that the platform asks for."),
            await FiltersAsync(spec, profile, page, cancellationToken),
        ];
    }

    private static GateVerdict Consent(SnapshotRequest request, TracedProfile profile, PageReader page)
    {
        if (request.ConsentPurpose is not { } purpose)
        {
            return new("consent", true, "The destination asks for no consent.");
        }

        var consent = profile.Consents.GetValueOrDefault(purpose);
        var state = consent?.State ?? ConsentState.Unknown;
        return new(
            "consent", !MemberGates.SelectConsented(page, purpose, RowSet.All(page.Count)).IsEmpty,
            state switch
            {
                ConsentState.Granted => $"The person granted '{purpose}'.",
                ConsentState.Denied => $"The person denied '{purpose}'.",
                _ => $"Consent for '{purpose}' is not known, which counts as no.",
            })
        {
            Consent = new(purpose, RunNames.Of(state), consent?.Source, consent?.CapturedAt),
        };
    }

    private GateVerdict Suppression(TracedProfile profile) => open.Suppressed.Find(profile.Row) switch
    {
        null => new("suppression", true, "The profile is not on the suppression list."),
        { IsErasure: true } hit => new("suppression", false, $"The person was erased: a tombstone ({hit.Type}) keeps the profile from destinations."),
        { } hit => new("suppression", false, $"The profile is on the suppression list ({hit.Type})."),
    };

    private static GateVerdict Holdout(SnapshotRequest request, RunSpec spec, TracedProfile profile, PageReader page)
    {
        if (spec.Holdout is not { } rule || request.Holdout is not { } gate)
        {
            return new("holdout", true, "Nobody is held out.");
        }

        var isHeldOut = !gate(page, RowSet.All(page.Count)).IsEmpty;
        return new("holdout", !isHeldOut, isHeldOut ? "The profile is in the global holdout: no campaign sends to it." : "The profile is not in the global holdout.")
        {
            Trace = rule is RuleNode.Bucket bucket ? new RuleTrace.Bucket("", isHeldOut, bucket, Buckets.Of(bucket.Salt, profile.Id)) : null,
        };
    }

    private static async Task<GateVerdict> FiltersAsync(RunSpec spec, TracedProfile profile, PageReader page, CancellationToken cancellationToken)
    {
        var verdicts = await Task.WhenAll(spec.Filters.Select(filter => JudgeAsync(filter, profile, page, cancellationToken)));
        var leaving = verdicts.FirstOrDefault(verdict => verdict.LeavesOut);
        return new(
            "filters", leaving is null,
            leaving is not null ? leaving.Reason : spec.Filters.IsEmpty ? "The destination has no filter of members." : "No filter of the destination leaves the profile out.")
        {
            Filters = [.. verdicts],
        };
    }

    private static async Task<FilterVerdict> JudgeAsync(MemberFilter filter, TracedProfile profile, PageReader page, CancellationToken cancellationToken)
    {
        var applies = filter.When is not { } when || !RuleCompiler.Compile(when, profile.AsOf).Select(page).IsEmpty;
        var trace = filter.When is { } rule ? await profile.TraceAsync(rule, "/if", cancellationToken) : null;
        var leavesOut = FilterSpecs.LeftOut(filter) is { } left && !RuleCompiler.Compile(left, profile.AsOf).Select(page).IsEmpty;
        var named = filter.Name is { } name ? $"The filter '{name}'" : "A filter";
        return filter switch
        {
            MemberFilter.Sample(var share, var salt) => new(
                filter.Name, "sample", applies, leavesOut,
                !applies ? $"{named} samples others."
                : $"{named} keeps {(share / 100m).ToString(CultureInfo.InvariantCulture)} % of those it looks at: buckets below {share} of salt '{salt}'. The profile's is {Buckets.Of(salt!, profile.Id)}.",
                trace),
            MemberFilter.Fields(_, var names) => new(
                filter.Name, "fields", applies, false, applies ? $"{named} leaves out {string.Join(", ", names)}." : $"{named} leaves fields out for others.", trace),
            _ => new(filter.Name, "drop", applies, leavesOut, leavesOut ? $"{named} drops the profile." : $"{named} drops others.", trace),
        };
    }

    private string Missing(TracedProfile profile)
    {
        var mapping = CompiledMapping.Compile(open.Spec.Mapping, trackingIds);
        return open.Fields.Missing(mapping.Render(mapping.RowsOf(profile.Row, open.Hasher)[0]))?.Detail ?? "The profile has no value for any identifier field of the mapping.";
    }
}
