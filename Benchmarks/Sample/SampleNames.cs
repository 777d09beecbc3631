namespace AudienceSync.Benchmarks.Sample;

/// <summary>Names and mail domains of the sample.</summary>
internal static class SampleNames
{
    public static readonly string[] First =
    [
        "Ada", "Adam", "Alan", "Alice", "Amir", "Amy", "Anna", "Anton", "Aylin", "Ben", "Bela", "Bruno", "Carla", "Carl", "Chloe", "Clara",
        "Daniel", "Dario", "Dina", "Dora", "Edgar", "Elena", "Elif", "Emil", "Emma", "Erik", "Eva", "Felix", "Fiona", "Frank", "Georg", "Gina",
        "Greta", "Hanna", "Hugo", "Ida", "Igor", "Ines", "Iris", "Isabel", "Ivan", "Jakob", "Jana", "Jonas", "Jule", "Karim", "Karin", "Katja",
        "Klara", "Lars", "Laura", "Lea", "Lena", "Leo", "Lina", "Linus", "Lucia", "Lukas", "Luis", "Maja", "Marco", "Maria", "Marlene", "Marta",
        "Matteo", "Max", "Mehmet", "Mia", "Mila", "Milan", "Mira", "Moritz", "Nadia", "Nele", "Nico", "Nils", "Nina", "Nora", "Olga", "Olivia",
        "Omar", "Oskar", "Otto", "Paula", "Paul", "Pedro", "Peter", "Petra", "Pia", "Rafael", "Rana", "Rita", "Robert", "Romy", "Rosa", "Ruben",
        "Samira", "Samuel", "Sara", "Selin", "Simon", "Sina", "Sofia", "Stefan", "Tara", "Theo", "Thomas", "Tilda", "Tim", "Tobias", "Tom", "Ulla",
        "Uwe", "Valentin", "Vera", "Viktor", "Wanda", "Willi", "Xenia", "Yara", "Yusuf", "Zara", "Zoe", "Johanna", "Benjamin", "Christian", "Florian", "Katharina",
    ];

    private static readonly string[] Stems =
    [
        "Acker", "Al", "Bach", "Berg", "Brand", "Brun", "Dahl", "Eich", "Fels", "Fisch", "Gold", "Grun", "Hart", "Holz", "Jans", "Kauf",
        "Klein", "Koch", "Lang", "Linden", "Meyer", "Muller", "Neu", "Ober", "Peters", "Reich", "Rosen", "Sand", "Schmid", "Stein", "Wald", "Weiss",
    ];

    private static readonly string[] Endings =
    [
        "", "acher", "aus", "bauer", "beck", "burg", "er", "feld", "hammer", "haus", "heim", "hof", "horn", "ke", "le", "lin",
        "mann", "mar", "ner", "ow", "rath", "sen", "shaw", "ski", "son", "stad", "tal", "ton", "ulm", "vig", "wig", "zer",
    ];

    /// <summary>1,024 of them.</summary>
    public static readonly string[] Last = [.. Stems.SelectMany(stem => Endings.Select(ending => stem + ending))];

    /// <summary>The first ones are drawn more often.</summary>
    public static readonly string[] Domains =
    [
        "mail.example.com", "mail.example.net", "mail.example.org", "post.example.com", "web.example.net", "inbox.example.com", "home.example.net",
        "letters.example.org", "north.example.com", "south.example.com", "east.example.net", "west.example.net", "green.example.org", "blue.example.org",
        "red.example.com", "one.example.com",
    ];
}
