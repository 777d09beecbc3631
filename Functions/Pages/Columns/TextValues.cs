using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="TextStage"/> wrote.</summary>
internal sealed class TextValues(StoredTexts texts) : ColumnValues
{
    public StoredTexts Texts => texts;

    public override Cell this[int index] => Cell.Of(texts[index]);

    public override ulong Hash(CellHasher hasher, int index) => texts.Hash(hasher, index);
}
