namespace AudienceSync.Access;

public sealed class RoleTests
{
    [Theory]
    [InlineData(Role.Viewer, "viewer")]
    [InlineData(Role.Operator, "viewer operator")]
    [InlineData(Role.Editor, "viewer operator editor")]
    [InlineData(Role.Admin, "viewer operator editor admin ingest")]
    [InlineData(Role.Ingest, "ingest")]
    public void Includes_EachRole_IsCumulativeAndIngestStandsApart(Role role, string included) =>
        string.Join(' ', Enum.GetValues<Role>().Where(other => role.Includes(other)).Select(other => other.Word)).ShouldBe(included);

    [Fact]
    public void Check_RoleTooLow_NamesTheRolesThatMay()
    {
        var rule = new AccessRule(IsAnonymous: false, [Role.Editor]);

        rule.Check(new("key_1", Role.Operator)).ShouldNotBeNull().Detail.ShouldBe("Your role is operator. This takes editor or admin.");
        rule.Check(new("key_1", Role.Ingest)).ShouldNotBeNull();
        rule.Check(new("key_1", Role.Editor)).ShouldBeNull();
        rule.Check(new("key_1", Role.Admin)).ShouldBeNull();
    }

    [Fact]
    public void Check_SeveralRolesNamed_EachOpensIt()
    {
        var rule = new AccessRule(IsAnonymous: false, [Role.Ingest, Role.Editor]);

        Enum.GetValues<Role>().Where(role => rule.Check(new("key_1", role)) is null).ShouldBe([Role.Editor, Role.Admin, Role.Ingest]);
    }

    [Fact]
    public void Check_NobodyNamed_IsClosedToAdministratorsToo() =>
        AccessRule.Closed.Check(new("bootstrap", Role.Admin)).ShouldNotBeNull().Kind.ShouldBe(Faults.RefusalKind.Forbidden);
}
