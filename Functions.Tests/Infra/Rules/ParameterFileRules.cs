using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>A parameter file gives what its template requires, and nothing the template does not declare or allow.</summary>
internal static class ParameterFileRules
{
    public static IEnumerable<string> Faults(InfraFiles files)
    {
        foreach (var file in files.ParameterFiles)
        {
            var template = file.All<Declaration.Using>().Select(of => files.Find(InfraFiles.Resolve(file.Path, of.Path))).FirstOrDefault();
            if (template is null)
            {
                yield return $"{file.Path}: it uses no template that can be read.";
                continue;
            }

            var parameters = template.All<Declaration.Parameter>().ToDictionary(parameter => parameter.Name);
            var given = file.All<Declaration.Assignment>().ToList();
            foreach (var assignment in given)
            {
                if (!parameters.TryGetValue(assignment.Name, out var parameter))
                {
                    yield return $"{file.Path}:{assignment.Line}: '{assignment.Name}' is no parameter of {template.Path}.";
                }
                else if ((ModuleRules.TypeFault(parameter, assignment.Value) ?? LimitFault(parameter, assignment.Value)) is { } fault)
                {
                    yield return $"{file.Path}:{assignment.Line}: {fault}.";
                }
                else if (parameter.IsSecure && assignment.Value is Expression.Text)
                {
                    yield return $"{file.Path}:{assignment.Line}: '{assignment.Name}' is a secret and stands in the file.";
                }
            }

            foreach (var parameter in parameters.Values.Where(parameter => parameter.Default is null && given.All(assignment => assignment.Name != parameter.Name)))
            {
                yield return $"{file.Path}: '{parameter.Name}' is not given, which {template.Path} requires.";
            }
        }
    }

    private static string? LimitFault(Declaration.Parameter parameter, Expression value)
    {
        foreach (var decorator in parameter.Decorators.Where(decorator => decorator.Arguments.Length == 1))
        {
            var argument = decorator.Arguments[0];
            var isBroken = (decorator.Name, argument, value) switch
            {
                ("minValue", Expression.Number min, Expression.Number number) => number.Value < min.Value,
                ("maxValue", Expression.Number max, Expression.Number number) => number.Value > max.Value,
                ("minLength", Expression.Number min, Expression.Text { Literal: { } text }) => text.Length < min.Value,
                ("maxLength", Expression.Number max, Expression.Text { Literal: { } text }) => text.Length > max.Value,
                ("allowed", Expression.List list, Expression.Number number) => !list.Items.OfType<Expression.Number>().Any(item => item.Value == number.Value),
                ("allowed", Expression.List list, Expression.Text { Literal: { } text }) => !list.Items.OfType<Expression.Text>().Any(item => item.Literal == text),
                _ => false,
            };
            if (isBroken)
            {
                return $"'{parameter.Name}' breaks @{decorator.Name} of its parameter";
            }
        }

        return null;
    }
}
