using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

internal sealed class TextValues(StoredTexts texts) : ColumnValues
{
    public override Cell this[int index] => Cell.Of(texts[index]);
}
