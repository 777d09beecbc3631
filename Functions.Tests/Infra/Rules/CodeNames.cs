using System.Reflection;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Observability;
using AudienceSync.Storage;
using AudienceSync.Triggers;

namespace AudienceSync.Infra.Rules;

/// <summary>What the code calls things that templates must call the same.</summary>
internal static partial class CodeNames
{
    public static IReadOnlyList<string> Tables => TableNames.All;

    public static IReadOnlyList<string> Queues => QueueNames.All;

    /// <summary>Constants of the class <c>ContainerNames</c> of Storage, once there is one.</summary>
    public static IReadOnlyList<string> Containers =>
        typeof(TableNames).Assembly.GetType("AudienceSync.Storage.ContainerNames") is { } type
            ? [.. Constants(type)]
            : [];

    public static IReadOnlyList<string> Instruments => [.. Constants(typeof(InstrumentNames))];

    /// <summary>Classes of options: those that name their section.</summary>
    public static IEnumerable<Type> OptionTypes => typeof(FallbackApi).Assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false } && type.GetField("Section", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static) is { IsLiteral: true } && type.GetConstructor([]) is not null);

    /// <summary>Every setting of the options, as an app setting is spelled.</summary>
    public static IEnumerable<string> OptionSettings => OptionTypes
        .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property is { CanWrite: true, CanRead: true })
            .Select(property => $"{SectionOf(type)}__{property.Name}"));

    /// <summary>Settings that are read by their name: <c>configuration["NAME"]</c>.</summary>
    public static IReadOnlyList<string> DirectSettings { get; } = [.. Directory.EnumerateFiles(Repository.PathOf("Functions"), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .SelectMany(path => ReadByName().Matches(File.ReadAllText(path)))
        .Select(match => match.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal))
        .Distinct()];

    /// <summary>Settings that triggers name between percent signs: <c>%NAME%</c>.</summary>
    public static IReadOnlyList<string> TriggerSettings { get; } = [.. typeof(FallbackApi).Assembly.GetExportedTypes()
        .SelectMany(type => type.GetMethods().SelectMany(method => method.GetParameters()))
        .SelectMany(parameter => parameter.GetCustomAttributesData())
        .SelectMany(attribute => attribute.ConstructorArguments.Select(argument => argument.Value).Concat(attribute.NamedArguments.Select(argument => argument.TypedValue.Value)))
        .OfType<string>()
        .SelectMany(text => BetweenPercents().Matches(text))
        .Select(match => match.Groups[1].Value)];

    public static string SectionOf(Type type) =>
        (string)type.GetField("Section", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!.GetRawConstantValue()!;

    private static IEnumerable<string> Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
        .Where(field => field.IsLiteral && field.FieldType == typeof(string))
        .Select(field => (string)field.GetRawConstantValue()!);

    [GeneratedRegex("""onfiguration\["([A-Za-z_:]+)"\]""")]
    private static partial Regex ReadByName();

    [GeneratedRegex("%([A-Za-z0-9_]+)%")]
    private static partial Regex BetweenPercents();
}
