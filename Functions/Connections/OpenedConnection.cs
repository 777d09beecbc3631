using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connections;

/// <summary>A connection ready to be used: with its connector's card and its secrets opened. Never stored, logged or answered.</summary>
public sealed record OpenedConnection(Connection Connection, ConnectorDefinition Connector, ConnectorSettings Settings);
