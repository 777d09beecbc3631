using AudienceSync.Profiles.Imports;

namespace AudienceSync.Erasures;

/// <summary>Sentences about rejected lines of imports may repeat what was in them.</summary>
public sealed class ImportTraces(IImportStore imports) : IPersonTraces
{
    public async Task<int> PurgeAsync(ErasedPeople people, CancellationToken cancellationToken)
    {
        var found = 0;
        await foreach (var import in imports.ListAsync(cancellationToken))
        {
            var masked = import with { Rejections = [.. import.Rejections.Select(rejection => rejection with { Detail = people.Words.Mask(rejection.Detail) })] };
            if (masked.Rejections.SequenceEqual(import.Rejections))
            {
                continue;
            }

            found++;
            if (import.Status is not ImportStatus.Running)
            {
                // One that is running writes over it: it is for the next search.
                await imports.SaveAsync(masked, cancellationToken);
            }
        }

        return found;
    }
}
