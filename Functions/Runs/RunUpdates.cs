namespace AudienceSync.Runs;

/// <summary>Changes of a run that must not get lost when another worker changes it at the same time.</summary>
internal static class RunUpdates
{
    extension(IRunStore runs)
    {
        /// <summary>Changes the run, again on whatever others made of it meanwhile.</summary>
        /// <param name="change">Null to leave the run as it is.</param>
        /// <returns>The run as it is stored now; null when there is none.</returns>
        public async Task<Run?> UpdateAsync(string runId, Func<Run, Run?> change, CancellationToken cancellationToken)
        {
            while (await runs.FindAsync(runId, cancellationToken) is { } run)
            {
                if (change(run) is not { } changed)
                {
                    return run;
                }

                if (await runs.ReplaceAsync(changed, cancellationToken) is { } replaced)
                {
                    return replaced;
                }
            }

            return null;
        }
    }
}
