using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="TextStage"/> wrote.</summary>
internal sealed class TextValues(StoredTexts texts) : ColumnValues
{
    public StoredTexts Texts => texts;

    public override int MostBytes => texts.MostBytes;

    public override Cell this[int index] => Cell.Of(texts[index]);

    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes) => texts.Hash(hasher, indexes, hashes);
}
