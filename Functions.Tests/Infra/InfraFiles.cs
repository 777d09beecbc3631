using System.Collections.Immutable;
using AudienceSync.Fakes;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra;

/// <summary>Everything that deploys the app, as text by path from the root of the repository: the real files, or a copy that a test has broken.</summary>
internal sealed class InfraFiles
{
    private readonly ImmutableSortedDictionary<string, string> _texts;
    private readonly Lazy<ImmutableArray<BicepFile>> _bicep;

    private InfraFiles(ImmutableSortedDictionary<string, string> texts)
    {
        _texts = texts;
        _bicep = new(() => [.. texts.Where(text => text.Key.EndsWith(".bicep", StringComparison.Ordinal) || text.Key.EndsWith(".bicepparam", StringComparison.Ordinal))
            .Select(text => ParseOrNull(text.Key, text.Value, out _)).OfType<BicepFile>()]);
    }

    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>Templates and parameter files that can be read.</summary>
    public ImmutableArray<BicepFile> Bicep => _bicep.Value;

    public IEnumerable<BicepFile> Templates => Bicep.Where(file => !file.IsParameters);

    public IEnumerable<BicepFile> ParameterFiles => Bicep.Where(file => file.IsParameters);

    public IEnumerable<(string Path, string Text)> Workflows =>
        _texts.Where(text => text.Key.StartsWith(".github/workflows/", StringComparison.Ordinal)).Select(text => (text.Key, text.Value));

    public static InfraFiles Load()
    {
        string[] roots = ["infra", ".github"];
        var files = roots.Select(root => Repository.PathOf(root)).Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            .Append(Repository.PathOf("azure.yaml"))
            .Where(File.Exists);
        return new(files.ToImmutableSortedDictionary(PathFromRoot, path => File.ReadAllText(path).ReplaceLineEndings("\n"), StringComparer.Ordinal));
    }

    /// <summary>Files that a test made up.</summary>
    public static InfraFiles Of(params (string Path, string Text)[] texts) =>
        new(texts.ToImmutableSortedDictionary(text => text.Path, text => text.Text.ReplaceLineEndings("\n"), StringComparer.Ordinal));

    /// <summary>A copy in which the text of one file is another.</summary>
    public InfraFiles With(string path, string old, string @new)
    {
        var text = _texts[path];
        text.ShouldContain(old, Case.Sensitive, $"{path} has changed: the broken copy would be the same as the file.");
        return new(_texts.SetItem(path, text.Replace(old, @new, StringComparison.Ordinal)));
    }

    /// <summary>The file that a path in another file means.</summary>
    public BicepFile? Find(string path) => Bicep.FirstOrDefault(file => file.Path == path);

    /// <summary><c>../main.bicep</c> as seen from a file, as a path from the root.</summary>
    public static string Resolve(string from, string path)
    {
        var parts = new List<string>(from.Split('/')[..^1]);
        foreach (var part in path.Split('/'))
        {
            if (part == "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    public IEnumerable<string> GrammarFaults()
    {
        foreach (var (path, text) in _texts)
        {
            if (path.EndsWith(".bicep", StringComparison.Ordinal) || path.EndsWith(".bicepparam", StringComparison.Ordinal))
            {
                ParseOrNull(path, text, out var fault);
                if (fault is not null)
                {
                    yield return $"{path}, {fault}";
                }
            }
        }
    }

    private static BicepFile? ParseOrNull(string path, string text, out string? fault)
    {
        try
        {
            fault = null;
            return BicepParser.Parse(path, text);
        }
        catch (BicepException e)
        {
            fault = e.Message;
            return null;
        }
    }

    private static string PathFromRoot(string path) => Path.GetRelativePath(Repository.PathOf(), path).Replace('\\', '/');
}
