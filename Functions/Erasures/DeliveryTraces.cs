using AudienceSync.Delivery;

namespace AudienceSync.Erasures;

/// <summary>What was said to platforms when somebody was tested alone.</summary>
public sealed class DeliveryTraces(IDeliveryRecords records) : IPersonTraces
{
    public Task<int> PurgeAsync(ErasedPeople people, CancellationToken cancellationToken) =>
        records.ForgetPeopleAsync([.. people.All.Select(person => person.Erasure.Person)], cancellationToken);
}
