namespace AudienceSync.Values;

public sealed class RowTests
{
    [Fact]
    public void Cells_SetRemovedAndNulled_AreThoseOfAList()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var (row, expected) = (new Row(random.Next(4)), new List<KeyValuePair<string, Cell>>());

            // Few names and many: they are found in different ways.
            var names = random.Next(1, random.Next(2) == 0 ? 8 : 60);
            for (var step = 0; step < 100; step++)
            {
                // Made anew, so that no two are one object.
                var name = $"name-{random.Next(names)}";
                var place = expected.FindIndex(cell => cell.Key == name);
                switch (random.Next(6))
                {
                    case 0:
                        row[name] = default;
                        if (place >= 0)
                        {
                            expected.RemoveAt(place);
                        }

                        break;
                    case 1:
                        row.SetNull(name);
                        Put(expected, place, name, default);
                        break;
                    default:
                        var cell = Cell.Of(random.Next(100));
                        row[name] = cell;
                        Put(expected, place, name, cell);
                        break;
                }

                var asked = $"name-{random.Next(names)}";
                row.Has(asked).ShouldBe(expected.Exists(cell => cell.Key == asked), $"seed {seed}");
                row[asked].ShouldBe(expected.Find(cell => cell.Key == asked).Value, $"seed {seed}");
            }

            row.Count.ShouldBe(expected.Count);
            row.ToList().ShouldBe(expected, $"seed {seed}");
        }
    }

    [Fact]
    public void Names_DifferByCase_AreTwo()
    {
        var row = new Row { ["email"] = Cell.Of("a"), ["Email"] = Cell.Of("b") };

        (row["email"], row["Email"], row["EMAIL"].IsAbsent).ShouldBe((Cell.Of("a"), Cell.Of("b"), true));
    }

    [Fact]
    public void Name_Null_Throws() => Should.Throw<ArgumentNullException>(() => new Row()[null!]);

    private static void Put(List<KeyValuePair<string, Cell>> cells, int place, string name, Cell cell)
    {
        if (place < 0)
        {
            cells.Add(new(name, cell));
        }
        else
        {
            cells[place] = new(name, cell);
        }
    }
}
