using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>What a configuration is made of, in the order in which it is written: each kind refers to those before it, or to its own.</summary>
internal enum ConfigKind
{
    Connection,
    Segment,
    Destination,
    Campaign,
    Journey,

    /// <summary>There is one, without a key of its own.</summary>
    Holdout,
}

internal static class ConfigKinds
{
    /// <summary>Those of which a document has lists.</summary>
    public static ImmutableArray<ConfigKind> Listed { get; } =
        [ConfigKind.Connection, ConfigKind.Segment, ConfigKind.Destination, ConfigKind.Campaign, ConfigKind.Journey];

    extension(ConfigKind kind)
    {
        /// <summary>As answers spell it: <c>segment</c>.</summary>
        public string Word => JsonFields.Spelling(kind);

        /// <summary>The member of the document: <c>segments</c>.</summary>
        public string Section => kind is ConfigKind.Holdout ? kind.Word : $"{kind.Word}s";
    }
}
