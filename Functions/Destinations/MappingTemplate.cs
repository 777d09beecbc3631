using System.Collections.Immutable;
using System.Text;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>A text with places to fill: <c>{{country}}-{{orders | default: "0"}}</c>. Parsed once, rendered for every row.</summary>
/// <remarks>
/// A place is a name and filters (<see cref="TemplateFilters"/>), each applied to what the one before gave. A missing value renders as nothing;
/// a template with places, all of which are missing, renders as absent, so that no payload carries a lone separator. Thread-safe.
/// </remarks>
internal sealed class MappingTemplate
{
    /// <summary>Most characters of a template. Our choice.</summary>
    public const int MaxLength = 2_048;

    /// <summary>Most bytes (UTF-8) of a rendered text; the rest is cut off at a whole character. Our choice: a row of ten such texts still fits a page.</summary>
    public const int MaxRenderedBytes = 8 * 1024;

    /// <summary>Most places of a template. Our choice.</summary>
    public const int MaxPlaces = 100;

    /// <summary>Most filters of a place. Our choice.</summary>
    public const int MaxFilters = 10;

    private readonly ImmutableArray<Part> _parts;

    private MappingTemplate(ImmutableArray<Part> parts)
    {
        _parts = parts;
        Names = [.. parts.Where(part => part.Name is not null).Select(part => part.Name!).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The names it reads, each once, in the order of the text.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Parses a template; null when something is wrong, with every fault at its character (counted from 1).</summary>
    public static MappingTemplate? Parse(string text, string pointer, ICollection<Fault> faults)
    {
        var parts = ImmutableArray.CreateBuilder<Part>();
        var before = faults.Count;
        var position = 0;
        while (position < text.Length)
        {
            var open = text.IndexOf("{{", position, StringComparison.Ordinal);
            if (open < 0)
            {
                parts.Add(new(text[position..], null, []));
                break;
            }

            if (open > position)
            {
                parts.Add(new(text[position..open], null, []));
            }

            var reader = new PlaceReader(text, open, pointer, faults);
            if (reader.Read() is { } part)
            {
                parts.Add(part);
            }

            position = reader.Position;
        }

        if (parts.Count(part => part.Name is not null) is > MaxPlaces and var places)
        {
            faults.Add(new(pointer, "template_invalid", $"The template has {places} places; at most {MaxPlaces} are filled. Split it over several fields."));
        }

        return faults.Count == before ? new(parts.DrainToImmutable()) : null;
    }

    /// <summary>Renders the template with the cells that <paramref name="read"/> finds for its names.</summary>
    public Cell Render(Func<string, Cell> read)
    {
        var text = new StringBuilder();
        var (places, found) = (0, 0);
        foreach (var part in _parts)
        {
            if (part.Name is null)
            {
                text.Append(part.Literal);
                continue;
            }

            places++;
            if (text.Length > MaxRenderedBytes)
            {
                break; // it is full: a character has at least one byte
            }

            var cell = read(part.Name);
            foreach (var filter in part.Filters)
            {
                cell = filter(cell);
            }

            if (!cell.IsAbsent)
            {
                found++;
                var value = cell.ToString();
                text.Append(value.AsSpan(0, Math.Min(value.Length, MaxRenderedBytes + 1)));
            }
        }

        return places > 0 && found == 0 ? default : Cell.Of(Bounded(text.ToString()));
    }

    private static string Bounded(string text)
    {
        if (text.Length * 3 <= MaxRenderedBytes || Encoding.UTF8.GetByteCount(text) <= MaxRenderedBytes)
        {
            return text;
        }

        var (bytes, length) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxRenderedBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    /// <param name="Literal">Text as it stands; empty for a place.</param>
    /// <param name="Name">What the place reads; null for a literal.</param>
    private sealed record Part(string Literal, string? Name, ImmutableArray<Func<Cell, Cell>> Filters);

    /// <summary>Reads one place, from its <c>{{</c> to behind its <c>}}</c>.</summary>
    private sealed class PlaceReader(string text, int open, string pointer, ICollection<Fault> faults)
    {
        /// <summary>Where the text goes on after the place.</summary>
        public int Position { get; private set; } = open + 2;

        public Part? Read()
        {
            var name = ReadUntil('|').Trim();
            if (name.Length == 0)
            {
                Refuse(open, "Nothing is named between '{{' and '}}'. Write an attribute, such as {{country}}.");
            }

            var filters = ImmutableArray.CreateBuilder<Func<Cell, Cell>>();
            while (At('|'))
            {
                Position++;
                if (ReadFilter() is { } filter)
                {
                    filters.Add(filter);
                }
            }

            if (filters.Count > MaxFilters)
            {
                Refuse(open, $"The place has {filters.Count} filters; at most {MaxFilters} are applied.");
            }

            if (!At('}'))
            {
                Refuse(open, "'{{' is never closed. End it with '}}'.");
                Position = text.Length;
                return null;
            }

            Position += 2;
            return new("", name, filters.DrainToImmutable());
        }

        private Func<Cell, Cell>? ReadFilter()
        {
            SkipSpaces();
            var start = Position;
            var name = ReadUntil('|', ':').Trim();
            string? argument = null;
            if (At(':'))
            {
                Position++;
                SkipSpaces();
                if (!At('"'))
                {
                    Refuse(Position, $"The argument of '{name}' is a text in double quotes, such as {name}: \"x\".");
                    ReadUntil('|');
                    return null;
                }

                argument = ReadQuoted();
                if (argument is null)
                {
                    return null;
                }

                var rest = Position;
                if (ReadUntil('|').Trim().Length > 0)
                {
                    Refuse(rest, "Only '|' and another filter, or '}}', may follow the argument.");
                }
            }

            if (TemplateFilters.Create(name, argument, out var fault) is { } filter)
            {
                return filter;
            }

            Refuse(start, fault!);
            return null;
        }

        /// <summary>Up to one of the stops, to <c>}}</c> or to the end.</summary>
        private string ReadUntil(params ReadOnlySpan<char> stops)
        {
            var start = Position;
            while (Position < text.Length && !AtEnd() && !stops.Contains(text[Position]))
            {
                Position++;
            }

            return text[start..Position];
        }

        /// <summary>A text in double quotes; <c>\"</c> and <c>\\</c> stand for a quote and a backslash.</summary>
        private string? ReadQuoted()
        {
            var start = Position++;
            var value = new StringBuilder();
            for (; Position < text.Length; Position++)
            {
                var letter = text[Position];
                if (letter == '"')
                {
                    Position++;
                    return value.ToString();
                }

                if (letter == '\\' && Position + 1 < text.Length && text[Position + 1] is '"' or '\\')
                {
                    letter = text[++Position];
                }

                value.Append(letter);
            }

            Refuse(start, "The text is never closed. End it with a double quote.");
            return null;
        }

        private void SkipSpaces()
        {
            while (Position < text.Length && text[Position] == ' ')
            {
                Position++;
            }
        }

        private bool At(char letter) => Position < text.Length && text[Position] == letter;

        private bool AtEnd() => text[Position] == '}' && Position + 1 < text.Length && text[Position + 1] == '}';

        private void Refuse(int position, string detail) => faults.Add(new(pointer, "template_invalid", $"Character {position + 1}: {detail}"));
    }
}
