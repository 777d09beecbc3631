using AudienceSync.Infra.Rules;

namespace AudienceSync.Infra;

/// <summary>Holds the templates true where no compiler of Bicep is at hand: each rule finds nothing in the files as they are.</summary>
/// <remarks><see cref="BrokenInfraTests"/> proves that each rule finds something. The compiler itself runs in the workflow bicep.yml.</remarks>
public sealed class InfraTests
{
    private static readonly InfraFiles Files = InfraFiles.Load();

    [Fact]
    public void Files_AreThere()
    {
        Files.Templates.Count().ShouldBeGreaterThan(10);
        Files.ParameterFiles.Count().ShouldBeGreaterThanOrEqualTo(4);
        Files.Workflows.Count().ShouldBeGreaterThanOrEqualTo(6);
    }

    [Fact]
    public void Files_CanBeRead() => Files.GrammarFaults().ShouldBeEmpty();

    [Fact]
    public void Modules_ExistAndGetWhatTheyRequire() => ModuleRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Names_AreDeclaredAndUsed() => NameRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Types_AreKnown() => TypeRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void ParameterFiles_FitTheirTemplates() => ParameterFileRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Security_IsAsItMustBe() => SecurityRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void TablesAndQueues_AreThoseOfTheCode() => NamingRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Settings_AreThoseOfTheCode() => SettingRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Alerts_LookAtInstrumentsOfTheCode() => AlertRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Azd_FindsItsService() => AzdRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Workflows_ArePinnedAndNameWhatExists() => WorkflowRules.Faults(Files).ShouldBeEmpty();

    [Fact]
    public void Code_NamesSettingsTablesAndInstruments()
    {
        CodeNames.Tables.Count.ShouldBeGreaterThan(10);
        CodeNames.Queues.Count.ShouldBeGreaterThanOrEqualTo(3);
        CodeNames.OptionSettings.ShouldContain("Runs__HoldFor");
        CodeNames.DirectSettings.ShouldContain("APPLICATIONINSIGHTS_CONNECTION_STRING");
        CodeNames.Instruments.ShouldContain("audiencesync.queue.poison.depth");
    }
}
