using System.Collections.Immutable;
using AudienceSync.Fakes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace AudienceSync.Problems;

/// <param name="Owner">Whose parameter it is given to: <c>Refusal..ctor</c>.</param>
/// <param name="Code">Null when it is not written where it is given.</param>
/// <param name="Text">As it is written.</param>
internal sealed record GivenCode(string Owner, string? Code, string Text, string Place);

/// <summary>Every error code that the app's source gives to something that becomes a problem or a fault, read by the compiler's own eyes.</summary>
/// <remarks>What counts is whatever is given to a text parameter called <c>code</c>, and stands as <c>Code</c> in a tuple.</remarks>
internal static class SourceCodes
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, preprocessorSymbols: ["LOCAL"]);

    public static ImmutableArray<GivenCode> Read()
    {
        var root = Repository.PathOf("Functions");
        List<SyntaxTree> trees =
        [
            .. Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
                .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), Options, path)),
        ];
        var implicitUsings = CSharpSyntaxTree.ParseText(
            string.Concat(((string[])["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"]).Select(name => $"global using {name};")),
            Options);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is not ("AudienceSync.dll" or "Functions.Tests.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "AudienceSync", [.. trees, implicitUsings], references, new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        return [.. trees.AsParallel().SelectMany(tree => Read(tree, compilation.GetSemanticModel(tree), root))];
    }

    private static IEnumerable<GivenCode> Read(SyntaxTree tree, SemanticModel model, string root)
    {
        foreach (var argument in tree.GetRoot().DescendantNodes().OfType<ArgumentSyntax>())
        {
            var (owner, value) = argument.Parent is TupleExpressionSyntax tuple ? OfTuple(tuple, argument, model) : OfParameter(argument, model);
            if (owner is null || value is null)
            {
                continue;
            }

            var place = $"{Path.GetRelativePath(root, tree.FilePath)}:{tree.GetLineSpan(argument.Span).StartLinePosition.Line + 1}";
            foreach (var (code, text) in Codes(value))
            {
                yield return new(owner, code, text, place);
            }
        }
    }

    private static (string? Owner, IOperation? Value) OfParameter(ArgumentSyntax argument, SemanticModel model) =>
        model.GetOperation(argument) is IArgumentOperation { Parameter: { Name: "code" or "Code", Type.SpecialType: SpecialType.System_String } parameter } operation
            ? ($"{parameter.ContainingSymbol.ContainingType.ToDisplayString()}.{parameter.ContainingSymbol.Name}", operation.Value)
            : (null, null);

    private static (string? Owner, IOperation? Value) OfTuple(TupleExpressionSyntax tuple, ArgumentSyntax argument, SemanticModel model)
    {
        var type = model.GetTypeInfo(tuple).ConvertedType;
        type = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [var inner] } ? inner : type;
        return type is INamedTypeSymbol { IsTupleType: true } elements && elements.TupleElements[tuple.Arguments.IndexOf(argument)] is { Name: "Code", Type.SpecialType: SpecialType.System_String }
            ? ($"{model.GetEnclosingSymbol(tuple.SpanStart)!.ContainingType.ToDisplayString()}.tuple", model.GetOperation(argument.Expression))
            : (null, null);
    }

    private static IEnumerable<(string? Code, string Text)> Codes(IOperation value) => value.ConstantValue is { HasValue: true, Value: string code } ? [(code, code)] : value switch
    {
        IConditionalOperation choice => Codes(choice.WhenTrue).Concat(Codes(choice.WhenFalse!)),
        ICoalesceOperation choice => Codes(choice.Value).Concat(Codes(choice.WhenNull)),
        ISwitchExpressionOperation choice => choice.Arms.SelectMany(arm => Codes(arm.Value)),
        IConversionOperation conversion => Codes(conversion.Operand),
        _ => [(null, value.Syntax.ToString())],
    };
}
