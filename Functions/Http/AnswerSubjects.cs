using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>Says on a request whom its answer is about: should it be kept under an <c>Idempotency-Key</c>, it is dropped when one of them is erased.</summary>
public sealed class AnswerSubjects
{
    /// <summary>Stands for more people than are named.</summary>
    public const string Many = "*";

    private readonly HashSet<string> _people = new(StringComparer.Ordinal);

    /// <param name="person">A keyed hash; nothing that names anybody.</param>
    public static void Add(HttpContext context, string person)
    {
        var subjects = context.Features.Get<AnswerSubjects>();
        if (subjects is null)
        {
            context.Features.Set(subjects = new());
        }

        subjects._people.Add(person);
    }

    /// <summary>The answer shows some people, whoever they are.</summary>
    public static void AddMany(HttpContext context) => Add(context, Many);

    /// <summary>Whom the answer is about, with spaces between; null for nobody.</summary>
    internal static string? Of(HttpContext context) => context.Features.Get<AnswerSubjects>() is not { _people: { Count: > 0 } people } ? null
        : people.Contains(Many) ? Many
        : string.Join(' ', people);
}
