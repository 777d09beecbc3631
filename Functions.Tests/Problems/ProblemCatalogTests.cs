using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace AudienceSync.Problems;

/// <summary>The pages of error codes are those of the codes that the source gives, no more and no fewer.</summary>
public sealed partial class ProblemCatalogTests
{
    /// <summary>Codes of rows, of runs and of receipts are no codes of the API: a platform's own words are among them. Their pages are those of the connectors.</summary>
    private static readonly string[] Outcomes =
    [
        "AudienceSync.Connectors.", "AudienceSync.Delivery.", "AudienceSync.Runs.", "AudienceSync.Erasures.", "AudienceSync.Triggers.EventView", "AudienceSync.Triggers.EventDetailView", "AudienceSync.Triggers.RunRequestView",
        "AudienceSync.Triggers.OverviewReasonView",
    ];

    /// <summary>Of the connectors: the rules of settings and of mappings, whose codes become faults.</summary>
    private static readonly string[] FaultsOfConnectors = ["AudienceSync.Connectors.Kit.SettingRules.", "AudienceSync.Connectors.Kit.FieldRules.", "AudienceSync.Connectors.Kit.BaseUrl."];

    /// <summary>Codes that are put together, as they are written, and what they come to.</summary>
    private static readonly Dictionary<string, string[]> PutTogether = new()
    {
        ["$\"invalid_{name}\""] = ["invalid_idfa", "invalid_gaid", "invalid_external_id"],
    };

    private static readonly Lazy<ImmutableArray<GivenCode>> Given = new(() => [.. SourceCodes.Read().Where(given =>
        given.Owner.StartsWith("AudienceSync.", StringComparison.Ordinal)
        && (FaultsOfConnectors.Any(owner => given.Owner.StartsWith(owner, StringComparison.Ordinal)) || !Outcomes.Any(owner => given.Owner.StartsWith(owner, StringComparison.Ordinal))))]);

    [Fact]
    public void Codes_AreFound() => Given.Value.Count(given => given.Code is not null).ShouldBeGreaterThan(200);

    [Fact]
    public void Codes_EachHasItsPage()
    {
        var missing = Given.Value.SelectMany(given => CodesOf(given).Select(code => (Code: code, given.Place)))
            .Where(each => ProblemCatalog.Find(each.Code) is null)
            .Select(each => $"{each.Code} ({each.Place})");

        missing.ShouldBeEmpty("Write what the code means and what to do into Functions/Problems/ProblemCatalog.*.cs; or use a code there is.");
    }

    [Fact]
    public void Pages_EachIsOfACodeInUse()
    {
        var used = Given.Value.SelectMany(CodesOf).ToHashSet();

        ProblemCatalog.All.Select(page => page.Code).Where(code => !used.Contains(code)).ShouldBeEmpty("Nothing gives the code any more: take its page away.");
    }

    /// <summary>A code that is passed on was written elsewhere; one that is made up here must say what it comes to.</summary>
    [Fact]
    public void Codes_AreWrittenWhereTheyAreGiven() => Given.Value
        .Where(given => given.Code is null && !PassedOn().IsMatch(given.Text) && !PutTogether.ContainsKey(given.Text))
        .Select(given => $"{given.Text} ({given.Place})")
        .ShouldBeEmpty("Write the code as a literal, or say in PutTogether what it comes to.");

    [Fact]
    public void Refusals_AreMarkedAsSuch()
    {
        var refusals = Given.Value.Where(given => given.Owner.StartsWith("AudienceSync.Faults.Refusal.", StringComparison.Ordinal)).SelectMany(CodesOf).ToHashSet();

        ProblemCatalog.All.Where(page => page.Kind is ProblemKind.Refusal).Select(page => page.Code).ShouldBe(refusals, ignoreOrder: true);
    }

    [Fact]
    public void Pages_SayWhatTheyPromise()
    {
        foreach (var page in ProblemCatalog.All)
        {
            page.Code.ShouldMatch("^[a-z]+(_[a-z0-9]+)*$");
            page.Title.ShouldNotEndWith(".", customMessage: page.Code);
            page.Meaning.ShouldEndWith(".", customMessage: page.Code);
            page.WhatToDo.ShouldEndWith(".", customMessage: page.Code);
            page.Status.ShouldBeInRange(400, 503);
            var example = page.Example;
            (page.Kind is ProblemKind.Refusal ? example.Code : example.Errors!.ShouldHaveSingleItem().Code).ShouldBe(page.Code);
            example.Type.ShouldBe($"/api/v1/problems/{example.Code}");
            (example.Detail ?? example.Errors?[0].Detail ?? page.WhatToDo).ShouldNotBeEmpty();
        }

        ProblemCatalog.All.Select(page => page.Code).ShouldBeUnique();
    }

    [Fact]
    public void Html_HoldsTheTextsAndEncodesThem()
    {
        var page = ProblemCatalog.Find("malformed_json")!;

        var html = ProblemHtml.Of(page with { Meaning = "A <b> & `c<d`." });

        html.ShouldStartWith("<!doctype html>");
        html.ShouldContain("A &lt;b&gt; &amp; <code>c&lt;d</code>.");
        html.ShouldContain(page.Title);
        html.ShouldContain("&quot;code&quot;: &quot;malformed_json&quot;");
        ProblemHtml.List(ProblemCatalog.All).ShouldContain("<a href=\"/api/v1/problems/malformed_json\">");
    }

    private static string[] CodesOf(GivenCode given) => given.Code is { } code ? [code] : PutTogether.GetValueOrDefault(given.Text, []);

    [GeneratedRegex(@"^(\w*[cC]ode|null|[\w!?.\[\]()]*\.Code|query\[""code""\]\.FirstOrDefault\(\))$")]
    private static partial Regex PassedOn();
}
