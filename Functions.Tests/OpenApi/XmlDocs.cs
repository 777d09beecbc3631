using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AudienceSync.OpenApi;

/// <summary>What the source says of its types and members, as text with Markdown.</summary>
internal sealed partial class XmlDocs
{
    private readonly Dictionary<string, XElement> _members;

    /// <param name="path">The documentation file that the compiler writes beside the assembly.</param>
    public XmlDocs(string path) => _members = XDocument.Load(path, LoadOptions.PreserveWhitespace).Descendants("member")
        .DistinctBy(member => member.Attribute("name")!.Value)
        .ToDictionary(member => member.Attribute("name")!.Value);

    public static XmlDocs Of(Assembly assembly) => new(Path.ChangeExtension(assembly.Location, ".xml"));

    public string? Summary(Type type) => Text($"T:{NameOf(type)}", "summary");

    public string? Summary(MethodInfo method) => _members.Keys.FirstOrDefault(key => key.StartsWith($"M:{NameOf(method.DeclaringType!)}.{method.Name}(", StringComparison.Ordinal)) is { } key
        ? Text(key, "summary")
        : null;

    /// <summary>Of a property: its own summary, or that of the parameter of a record's constructor.</summary>
    public string? Summary(PropertyInfo property) =>
        Text($"P:{NameOf(property.DeclaringType!)}.{property.Name}", "summary")
        ?? (_members.GetValueOrDefault($"T:{NameOf(property.DeclaringType!)}")?.Elements("param").FirstOrDefault(param => param.Attribute("name")!.Value == property.Name) is { } param ? Text(param) : null);

    public string? Summary(FieldInfo field) => Text($"F:{NameOf(field.DeclaringType!)}.{field.Name}", "summary");

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private string? Text(string key, string element) => _members.GetValueOrDefault(key)?.Element(element) is { } found ? Text(found) : null;

    private static string? Text(XElement element)
    {
        var text = Blank().Replace(string.Concat(element.Nodes().Select(Markdown)), " ").Trim();
        return text.Length == 0 ? null : text;
    }

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" or "code" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" or "seealso" or "paramref" } reference => $"`{Camel(reference.Value is { Length: > 0 } shown ? shown : reference.FirstAttribute!.Value.Split('.', ':')[^1])}`",
        XElement element => string.Concat(element.Nodes().Select(Markdown)),
        _ => "",
    };

    /// <summary>Members are spelt in the API as the serializer spells them.</summary>
    private static string Camel(string name) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
