#nullable disable // as in the real package

using Azure.Core;

namespace Azure.Data.Tables;

public partial class TableClient
{
    /// <summary>Does all the actions, which have one partition key, or none of them.</summary>
    /// <returns>A response per action, in their order.</returns>
    /// <exception cref="InvalidOperationException">There are no actions.</exception>
    /// <exception cref="TableTransactionFailedException">An action failed; it says which.</exception>
    public virtual Response<IReadOnlyList<Response>> SubmitTransaction(
        IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default) =>
        SubmitAsync(transactionActions, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="SubmitTransaction"/>
    public virtual Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
        IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default) =>
        SubmitAsync(transactionActions, async: true, cancellationToken);

    private async Task<Response<IReadOnlyList<Response>>> SubmitAsync(
        IEnumerable<TableTransactionAction> transactionActions, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transactionActions);
        TableTransactionAction[] actions = [.. transactionActions];
        if (actions is []) throw new InvalidOperationException("The transaction has no actions.");
        EntityLimits.Check(actions);

        using var message = _rest.Create(RequestMethod.Post, "$batch");
        var (body, contentType) = TransactionBody.Write(_rest, Name, actions);
        if (body.Length > EntityLimits.MaxTransactionBytes)
        {
            throw new ArgumentException($"The transaction takes {body.Length} bytes; it takes at most {EntityLimits.MaxTransactionBytes}.", nameof(transactionActions));
        }

        var response = Accept(await _rest.SendAsync(message, body, async, cancellationToken, contentType).ConfigureAwait(false));
        var answers = TransactionAnswer.Read(response.Content.ToMemory().Span, message.Request.ClientRequestId);
        if (answers.Find(answer => answer.IsError) is { } failed)
        {
            throw new TableTransactionFailedException(new RequestFailedException(failed, null, FailureParser.Instance));
        }

        return answers.Count == actions.Length
            ? Response.FromValue<IReadOnlyList<Response>>(answers, response)
            : throw new RequestFailedException(response.Status, $"The service answered {answers.Count} of the transaction's {actions.Length} actions.");
    }
}
