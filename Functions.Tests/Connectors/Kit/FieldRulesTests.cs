using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

public sealed class FieldRulesTests
{
    private static readonly FieldRules Rules = new()
    {
        Identifiers = [Identifier.Email.As("EMAIL").TrimmedLowercase().Sha256Hex(), Identifier.Phone.As("PHONE").DigitsOnly()],
        Need = IdentifierNeed.AtLeastOneOf,
        Known = ["FN"],
        OnlyKnown = true,
    };

    [Fact]
    public void Check_KnownTargets_HasNoFaults() => Rules.Check(["EMAIL", "FN"]).ShouldBeEmpty();

    [Fact]
    public void Check_SeveralFaults_AreAllNamed() =>
        Rules.Check(["FN", "FN", "", "EMIAL"]).Select(fault => $"{fault.Pointer} {fault.Code}")
            .ShouldBe(["/mapping/1/to duplicate_target", "/mapping/2/to required", "/mapping/3/to unknown_field", "/mapping missing_identifier"]);

    [Fact]
    public void Check_SlipOfTheName_SuggestsTheRightOne() => Rules.Check(["EMAIL", "PHNOE"]).Single().Detail.ShouldEndWith("Did you mean 'PHONE'?");

    [Fact]
    public void Check_NamePattern_AppliesToWhatIsNotKnown()
    {
        var rules = Rules with { OnlyKnown = false, NamePattern = "^[a-z_]+$", NameHint = "use lower-case letters" };

        rules.Check(["EMAIL", "tier_1", "tier"]).Single().Detail.ShouldBe("'tier_1' is not a possible field name: use lower-case letters.");
    }

    [Theory]
    [InlineData(IdentifierNeed.Any, 0, null)]
    [InlineData(IdentifierNeed.AllOf, 1, "missing_identifier")]
    [InlineData(IdentifierNeed.AllOf, 2, null)]
    [InlineData(IdentifierNeed.AtLeastOneOf, 0, "missing_identifier")]
    [InlineData(IdentifierNeed.AtLeastOneOf, 1, null)]
    [InlineData(IdentifierNeed.AtLeastOneOf, 2, null)]
    [InlineData(IdentifierNeed.ExactlyOneOf, 0, "missing_identifier")]
    [InlineData(IdentifierNeed.ExactlyOneOf, 1, null)]
    [InlineData(IdentifierNeed.ExactlyOneOf, 2, "ambiguous_identifier")]
    public void Missing_Need_IsCheckedOnWhatIsLeftAfterNormalising(IdentifierNeed need, int filled, string? code)
    {
        var row = new Row { ["PHONE"] = Cell.Of("none"), ["FN"] = Cell.Of("Ana") }; // "none" has no digit
        if (filled > 0)
        {
            row["EMAIL"] = Cell.Of("ana@example.com");
        }

        if (filled > 1)
        {
            row["PHONE"] = Cell.Of("+49 170 1");
        }

        (Rules with { Need = need }).Missing(row)?.Code.ShouldBe(code);
        ((Rules with { Need = need }).Missing(row) is null).ShouldBe(code is null);
    }

    [Theory]
    [InlineData(" Ana@Example.COM ", "8ac3c8a5c27e0c1f8d16e4eb1e3e36fa3efcfcf5")]
    public void Of_HashedIdentifier_IsHexOfTheNormalisedValue(string value, string notThis)
    {
        var rule = Identifier.Email.As("EMAIL").TrimmedLowercase().Sha256Hex();
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("ana@example.com"u8));

        rule.Of(new Row { ["EMAIL"] = Cell.Of(value) }).ShouldBe(expected);
        rule.Of(new Row { ["EMAIL"] = Cell.Of(expected.ToUpperInvariant()) }).ShouldBe(expected); // hashed before: passed on
        rule.Of(new Row { ["EMAIL"] = Cell.Of(notThis) }).Length.ShouldBe(64); // another digest is a value like any other
        rule.Of([]).ShouldBe("");
        rule.Of(new Row { ["EMAIL"] = Cell.Of("  ") }).ShouldBe("");
    }

    [Theory]
    [InlineData("+49 (170) 123-4567", "491701234567")]
    [InlineData("0049 170 1234567", "491701234567")]
    [InlineData("no digits", "")]
    public void Of_Phone_KeepsDigitsWithoutLeadingZeros(string value, string expected) =>
        Identifier.Phone.As("PHONE").DigitsOnly().Of(new Row { ["PHONE"] = Cell.Of(value) }).ShouldBe(expected);

    [Fact]
    public void Of_Md5_IsHexOfTheNormalisedValue() =>
        Identifier.Email.As("email").TrimmedLowercase().Md5Hex().Of(new Row { ["email"] = Cell.Of("Urist.McVankab@freddiesjokes.com") })
            .ShouldBe("62eeb292278cc15f5817cb78f7790b08");

    [Fact]
    public void Normalization_Steps_AreNamedForTheCard() =>
        Rules.Identifiers[0].Normalization.Select(step => step.Name).ShouldBe(["trim", "lowercase", "sha256"]);
}
