namespace AudienceSync.Local.EndToEnd;

/// <summary>Walks of the API, one after the other on one running app.</summary>
[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<RunningApp>
{
    public const string Name = "API of a running app";
}
