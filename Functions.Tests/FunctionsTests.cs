using System.Reflection;
using AudienceSync.Access;
using AudienceSync.Triggers;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync;

/// <summary>What holds for every function of the app.</summary>
public sealed class FunctionsTests
{
    private static readonly IReadOnlyList<MethodInfo> Functions =
    [
        .. typeof(FallbackApi).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute))),
    ];

    public static TheoryData<string> HttpFunctions => [.. Functions.Where(function => TriggerOf(function) is not null).Select(NameOf)];

    [Fact]
    public void Functions_AreFound() => HttpFunctions.Count.ShouldBeGreaterThan(5);

    [Theory]
    [MemberData(nameof(HttpFunctions))]
    public void HttpFunction_NamesWhoMayCallIt(string name)
    {
        var function = Find(name);

        var anonymous = function.IsDefined(typeof(AnonymousAttribute));
        var required = function.GetCustomAttribute<RequiresRoleAttribute>();
        (anonymous ^ required is { Roles.Count: > 0 }).ShouldBeTrue("It carries either [RequiresRole] with a role or [Anonymous].");
    }

    [Theory]
    [MemberData(nameof(HttpFunctions))]
    public void HttpFunction_IsAnonymousToTheHost(string name) => TriggerOf(Find(name))!.AuthLevel.ShouldBe(AuthorizationLevel.Anonymous);

    [Theory]
    [MemberData(nameof(HttpFunctions))]
    public void HttpFunction_NamesItsLevelFirst_SoThatTheHostSeesIt(string name)
    {
        // With verbs alone the generated metadata names no level, and the host then asks for a function key.
        var trigger = Find(name).GetParameters().SelectMany(parameter => parameter.CustomAttributes).Single(data => data.AttributeType == typeof(HttpTriggerAttribute));

        trigger.ConstructorArguments.FirstOrDefault().ArgumentType.ShouldBe(typeof(AuthorizationLevel));
    }

    [Theory]
    [MemberData(nameof(HttpFunctions))]
    public void HttpFunction_GetAndHeadComeTogether(string name)
    {
        var verbs = VerbsOf(Find(name));

        verbs.Contains("GET").ShouldBe(verbs.Contains("HEAD"));
    }

    [Theory]
    [MemberData(nameof(HttpFunctions))]
    public void HttpFunction_RouteIsUnderTheApi(string name)
    {
        var function = Find(name);
        var route = TriggerOf(function)!.Route.ShouldNotBeNull();

        if (VerbsOf(function).Count == 0)
        {
            route.ShouldBe("api/{*rest}");
        }
        else
        {
            route.ShouldStartWith("api/v1/");
            route.ShouldNotEndWith("/");
        }
    }

    [Theory]
    [MemberData(nameof(HttpFunctions))]
    public void HttpFunction_AnswersWithAResult(string name) =>
        Find(name).ReturnType.ShouldBeOneOf(typeof(IResult), typeof(Task<IResult>));

    [Fact]
    public void HttpFunctions_NoTwoTakeTheSameRouteAndVerb() => Functions
        .Where(function => TriggerOf(function) is not null)
        .SelectMany(function => VerbsOf(function).DefaultIfEmpty("").Select(verb => $"{verb} {TriggerOf(function)!.Route!.ToUpperInvariant()}"))
        .ShouldBeUnique();

    [Fact]
    public void Functions_NamesAreValidAndUnique()
    {
        Functions.Select(function => NameOf(function).ToUpperInvariant()).ShouldBeUnique();
        Functions.Select(NameOf).ShouldAllBe(name => System.Text.RegularExpressions.Regex.IsMatch(name, "^[a-z][a-z0-9-]{0,127}$"));
    }

    /// <summary>Only then does the worker's generated executor call them directly.</summary>
    [Fact]
    public void Functions_ArePublicInPublicClasses() => Functions.ShouldAllBe(function => function.IsPublic && function.DeclaringType!.IsVisible);

    private static MethodInfo Find(string name) => Functions.Single(function => NameOf(function) == name);

    private static string NameOf(MethodInfo function) => function.GetCustomAttribute<FunctionAttribute>()!.Name;

    private static HttpTriggerAttribute? TriggerOf(MethodInfo function) =>
        function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(trigger => trigger is not null);

    private static IReadOnlyList<string> VerbsOf(MethodInfo function) => [.. (TriggerOf(function)!.Methods ?? []).Select(verb => verb.ToUpperInvariant())];
}
