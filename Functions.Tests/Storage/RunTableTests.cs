using AudienceSync.Fakes;
using AudienceSync.Runs;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class RunTableTests : RunStoreContract
{
    private protected override async Task<(IRunStore Store, Action<Func<Task>> PlaceBeforeCount)> OpenAsync()
    {
        var table = new RivalTable(await AzuriteFixture.NewAccountAsync(), TableNames.Runs);
        await table.CreateIfNotExistsAsync();
        return (new RunTable(table), rival => table.Rival = rival);
    }

    /// <summary>Lets a rival go first, once, before a transaction.</summary>
    private sealed class RivalTable(string connectionString, string name) : TableClient(connectionString, name)
    {
        public Func<Task>? Rival { get; set; }

        public override async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
            IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
        {
            if (Rival is { } rival)
            {
                Rival = null;
                await rival();
            }

            return await base.SubmitTransactionAsync(transactionActions, cancellationToken);
        }
    }
}

public sealed class LedgerTableTests : LedgerStoreContract
{
    private protected override async Task<(ILedgerStore Ledgers, IRunLeases Leases, IBatchOutcomeStore Outcomes)> OpenAsync()
    {
        var account = await AzuriteFixture.NewAccountAsync();
        return (new LedgerTable(await TableAsync(TableNames.Manifests)), new RunLeaseTable(await TableAsync(TableNames.Leases)), new BatchOutcomeTable(await TableAsync(TableNames.Outcomes)));

        async Task<TableClient> TableAsync(string name)
        {
            var table = new TableClient(account, name);
            await table.CreateIfNotExistsAsync();
            return table;
        }
    }
}

public sealed class RosterTableTests : RosterStoreContract
{
    private protected override async Task<IRosterStore> OpenAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Manifests);
        await table.CreateIfNotExistsAsync();
        return new RosterTable(table);
    }
}
