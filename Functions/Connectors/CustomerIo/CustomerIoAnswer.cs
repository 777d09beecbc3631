using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.CustomerIo;

/// <summary>What <c>/api/v2/batch</c> says: 200 for all taken, 207 names failed operations by <c>batch_index</c>, 400 refuses all.</summary>
internal static class CustomerIoAnswer
{
    public static StepResult Read(ConnectorResponse response, DeliveryBatch batch)
    {
        if (!response.IsSuccess && response.Status != 400)
        {
            return ResponseRules.Failure(response)!;
        }

        var named = RowsNamed(response.Json, batch);
        if (response.Status == 400)
        {
            ImmutableArray<RowOutcome?> refused = [.. Enumerable.Range(0, batch.Rows.Length).Select(place => named.GetValueOrDefault(place))];
            return new DeliveryOutcome.RefusedRows(refused, "http_400", ResponseRules.Describe(response));
        }

        return response.IsCut
            ? new RowOutcome(RowFate.Uncertain, "answer_too_large", "The answer is too long to be read whole.")
            : new StepResult.PerRow([.. Enumerable.Range(0, batch.Rows.Length).Select(place => named.GetValueOrDefault(place) is { } error ? error : RowAnswer.Next)]);
    }

    private static Dictionary<int, RowOutcome> RowsNamed(JsonElement? answer, DeliveryBatch batch)
    {
        var named = new Dictionary<int, RowOutcome>();
        foreach (var error in answer?.ItemsAt("errors") ?? [])
        {
            if (error.NumberAt("batch_index") is { } place && place >= 0 && place < batch.Rows.Length)
            {
                var field = error.TextAt("field");
                named[(int)place] = new(
                    RowFate.Rejected, error.TextAt("reason") ?? "invalid", $"{error.TextAt("message")}{(field is null ? "" : $" ({field})")}");
            }
        }

        return named;
    }
}
