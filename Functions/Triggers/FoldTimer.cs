using AudienceSync.Profiles;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Every five minutes: folds the inbox of profiles when it has grown. A run folds it too, whatever its size.</summary>
public sealed class FoldTimer(ProfileFold fold)
{
    [Function("fold-inbox")]
    public Task RunAsync([TimerTrigger("30 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => fold.FoldWhenGrownAsync(cancellationToken);
}
