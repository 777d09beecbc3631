using System.Collections.Immutable;
using System.Globalization;

namespace AudienceSync.Connectors.Kit;

public enum SettingKind
{
    Text,

    /// <summary>Sealed, write-only, redacted wherever it shows up.</summary>
    Secret,

    Choice,

    /// <summary>A whole number.</summary>
    Number,

    Flag,

    /// <summary>An absolute http(s) address without user name; which of them may be called, the outbound guard decides.</summary>
    Url,
}

/// <summary>One setting of a connection. Values are kept as text: numbers in invariant digits, flags as <c>true</c> or <c>false</c>.</summary>
public sealed record SettingField
{
    private SettingField()
    {
    }

    public required string Name { get; init; }

    public required SettingKind Kind { get; init; }

    public required string Label { get; init; }

    /// <summary>One or two sentences under the field.</summary>
    public required string Help { get; init; }

    public bool Required { get; init; }

    /// <summary>Regular expression (ECMAScript flavour, anchored by the field itself) that the value must match; null for any.</summary>
    public string? Pattern { get; init; }

    /// <summary>The value when none is given; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>Left out of forms: for tests and rare hosts.</summary>
    public bool Hidden { get; init; }

    /// <summary>The values of a <see cref="SettingKind.Choice"/>.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>Those of <see cref="Choices"/> that give up encryption: taken only where private addresses may be called.</summary>
    public ImmutableArray<string> LocalChoices { get; init; } = [];

    /// <summary>Bounds of a <see cref="SettingKind.Number"/>, both included.</summary>
    public (long Min, long Max)? Range { get; init; }

    public static SettingField Text(string name, string label, string help, bool required = false, string? pattern = null, string? @default = null, bool hidden = false) =>
        new() { Name = name, Kind = SettingKind.Text, Label = label, Help = help, Required = required, Pattern = pattern, Default = @default, Hidden = hidden };

    public static SettingField Secret(string name, string label, string help, bool required = false, string? pattern = null) =>
        new() { Name = name, Kind = SettingKind.Secret, Label = label, Help = help, Required = required, Pattern = pattern };

    public static SettingField Choice(string name, string label, string help, ImmutableArray<string> choices, string? @default = null, params ImmutableArray<string> local) =>
        new() { Name = name, Kind = SettingKind.Choice, Label = label, Help = help, Required = @default is null, Choices = choices, Default = @default, LocalChoices = local };

    public static SettingField Number(string name, string label, string help, long min, long max, long @default) =>
        new() { Name = name, Kind = SettingKind.Number, Label = label, Help = help, Range = (min, max), Default = @default.ToString(CultureInfo.InvariantCulture) };

    public static SettingField Flag(string name, string label, string help, bool @default = false) =>
        new() { Name = name, Kind = SettingKind.Flag, Label = label, Help = help, Default = @default ? "true" : "false" };

    public static SettingField Url(string name, string label, string help, bool required = false, bool hidden = false) =>
        new() { Name = name, Kind = SettingKind.Url, Label = label, Help = help, Required = required, Hidden = hidden };

    /// <summary>The field's value in these settings, its default when there is none, else empty.</summary>
    public string In(ConnectorSettings settings) => settings[Name] is { Length: > 0 } value ? value : Default ?? "";

    public bool IsSetIn(ConnectorSettings settings) => In(settings).Length > 0;

    public bool FlagIn(ConnectorSettings settings) => string.Equals(In(settings), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The number, its default when the text is none (validation refuses such a text at the door).</summary>
    public int NumberIn(ConnectorSettings settings) =>
        int.TryParse(In(settings), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : int.Parse(Default ?? "0", CultureInfo.InvariantCulture);
}
