namespace AudienceSync.Pages.Columns;

/// <summary>Names a column in errors.</summary>
internal sealed record ColumnPlace(string Page, string Column)
{
    public DamagedPageException Damage(string what) => DamagedPageException.Of(Page, $"is damaged: its column '{Column}' has {what}");
}
