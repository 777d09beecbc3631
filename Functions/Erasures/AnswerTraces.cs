using AudienceSync.Http;

namespace AudienceSync.Erasures;

/// <summary>Answers that are kept to be repeated under an <c>Idempotency-Key</c>. One that is dropped is made anew: each of them only shows, or sets what it set before.</summary>
public sealed class AnswerTraces(IIdempotencyStore answers) : IPersonTraces
{
    public Task<int> PurgeAsync(ErasedPeople people, CancellationToken cancellationToken) =>
        answers.DeleteAboutAsync([.. people.All.Select(person => person.Erasure.Person)], cancellationToken);
}
