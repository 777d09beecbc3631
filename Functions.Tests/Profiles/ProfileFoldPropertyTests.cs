using System.Runtime.CompilerServices;
using AudienceSync.Pages;
using AudienceSync.Values;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Profiles;

/// <summary>Random operations, folds, rivals and crashes against a model that knows nothing of them.</summary>
public sealed class ProfileFoldPropertyTests
{
    private static readonly string[] Ids = ["a", "b", "c", "d", "é"];
    private static readonly string[] Names = ["email", "n", "m", "o"];
    private static readonly string[] Purposes = ["ads", "mail"];

    [Fact]
    public async Task FoldAsync_RandomOperationsCrashesAndRivals_EqualsTheModel()
    {
        var (crashes, rivals, cuts) = (0, 0, 0);
        for (var seed = 0; seed < 1_200; seed++)
        {
            var run = new Run(seed);

            await run.PlayAsync();

            crashes += run.Crashes;
            rivals += run.Rivals;
            cuts += run.Cuts;
        }

        // That the cases meet what they are made for.
        crashes.ShouldBeGreaterThan(500);
        rivals.ShouldBeGreaterThan(100);
        cuts.ShouldBeGreaterThan(100);
    }

    private sealed class Run
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly ProfileWorld _world;
        private readonly FoldLimits _limits;
        private readonly List<ProfileOperation> _sent = [];
        private readonly Dictionary<string, DateTimeOffset> _erasedAt = [];
        private readonly ulong _keyMask;
        private int _stepsUntilCrash = -1;

        public Run(int seed)
        {
            (_seed, _random) = (seed, new(seed));
            _limits = new()
            {
                PagesPerRound = _random.Next(1, 4),
                RowsPerRound = _random.Next(1, 8),
                RowsPerShard = _random.Next(1, 4),
                MaxShardBits = _random.Next(0, 4),
                ShardsAtATime = 1, // the steps until a crash are counted
            };
            _world = new(_limits);
            // Few bits left of a key: ids share keys, and correctness must not rest on the hash.
            _keyMask = _random.Next(2) == 0 ? ulong.MaxValue : 0xA000_0000_0000_0000;
        }

        public int Crashes { get; private set; }

        public int Rivals { get; private set; }

        public int Cuts { get; private set; }

        public async Task PlayAsync()
        {
            for (var turn = _random.Next(4, 20); turn > 0; turn--)
            {
                if (_random.Next(3) > 0)
                {
                    await AppendAsync();
                }
                else
                {
                    await FoldWithTroubleAsync();
                }

                if (_keyMask == ulong.MaxValue && _random.Next(4) == 0)
                {
                    await CheckReadAsync();
                }
            }

            await CheckFoldAsync();
        }

        private async Task AppendAsync()
        {
            var operations = Enumerable.Range(0, _random.Next(1, 6)).Select(_ => Operation()).ToList();
            var builder = new PageBuilder();
            foreach (var operation in operations.OrderBy(operation => KeyOf(operation.Id)).ThenBy(operation => operation.Id, StringComparer.Ordinal))
            {
                var row = OperationRow.Write(operation);
                builder.TryAppend(KeyOf(operation.Id), _world.Hasher.Row(row), row).ShouldBeTrue();
            }

            _sent.AddRange(operations);
            await _world.Inbox.AppendAsync([builder.Seal(0).Single()], CancellationToken.None);
        }

        private ProfileOperation Operation()
        {
            var id = Ids[_random.Next(Ids.Length)];
            var occurredAt = Time(_erasedAt.GetValueOrDefault(id, ProfileWorld.Start));
            switch (_random.Next(10))
            {
                case 0:
                    _erasedAt[id] = occurredAt;
                    return new(OperationKind.Erase, id, occurredAt);
                case < 3:
                    return new(OperationKind.Consent, id, occurredAt) { Consents = [.. Consents()] };
                default:
                    return new(OperationKind.Identify, id, occurredAt)
                    {
                        Values = [.. Names.Where(_ => _random.Next(2) == 0).Select(name => KeyValuePair.Create(name, RandomCell(name)))],
                        Consents = _random.Next(4) == 0 ? [.. Consents()] : [],
                    };
            }
        }

        private DateTimeOffset Time(DateTimeOffset from) => from.AddMinutes(_random.Next(6));

        private IEnumerable<KeyValuePair<string, Consent>> Consents() => Purposes.Where(_ => _random.Next(2) == 0).Select(purpose =>
            KeyValuePair.Create(purpose, new Consent((ConsentState)_random.Next(3), $"s{_random.Next(3)}", Time(ProfileWorld.Start))));

        private Cell RandomCell(string name) => name is "email" ? RandomEmails() : _random.Next(5) switch
        {
            0 => default,
            1 => Cell.Of($"t{_random.Next(100)}@x"),
            2 => Cell.Of((long)_random.Next(100)),
            3 => Cell.Of(_random.Next(100) / 10m),
            _ => Cell.Of([$"{_random.Next(9)}"]),
        };

        /// <summary>So few that none gives way to others.</summary>
        private Cell RandomEmails() => _random.Next(4) switch
        {
            0 => default,
            1 => Cell.Of([$"t{_random.Next(8)}@x", $"t{_random.Next(8)}@x"]),
            _ => Cell.Of($"t{_random.Next(8)}@x"),
        };

        private ulong KeyOf(string id) => _world.Hasher.Key(id) & _keyMask;

        private async Task FoldWithTroubleAsync()
        {
            _stepsUntilCrash = _random.Next(2) == 0 ? _random.Next(0, 25) : -1;
            var rivalAt = _random.Next(3) == 0 ? _random.Next(0, 3) : -1;
            _world.Manifests.BeforeReplaceAsync = async () =>
            {
                if (rivalAt-- == 0)
                {
                    Rivals++;
                    await _world.FoldAsync();
                }
            };
            try
            {
                await Troubled().FoldAsync(CancellationToken.None);
            }
            catch (CrashException)
            {
                Crashes++;
            }

            _stepsUntilCrash = -1;
            _world.Manifests.BeforeReplaceAsync = () => Task.CompletedTask;
        }

        private ProfileFold Troubled() => new(
            new CrashingManifests(_world.Manifests, Step),
            new CrashingInbox(_world.Inbox, Step),
            new CrashingPages(_world.Pages, Step),
            _world.Hasher,
            _world.Time,
            NullLogger<ProfileFold>.Instance,
            _limits);

        private void Step()
        {
            if (_stepsUntilCrash-- == 0)
            {
                throw new CrashException();
            }
        }

        private async Task CheckReadAsync()
        {
            var found = await _world.Reader.ReadAsync(Ids, CancellationToken.None);

            Join(found.Values.Select(Print)).ShouldBe(Model(), $"seed {_seed}, reading");
        }

        private async Task CheckFoldAsync()
        {
            var set = await _world.FoldAsync();

            var rows = await _world.RowsAsync(set);
            Join(rows.Select(row => Print(row.Profile))).ShouldBe(Model(), $"seed {_seed}, folded");
            rows.ShouldBe(rows.OrderBy(row => row.Key).ThenBy(row => row.Profile.Id, StringComparer.Ordinal));
            rows.ShouldAllBe(row => row.Key == KeyOf(row.Profile.Id));
            _world.Inbox.Ids.ShouldBeEmpty();
            Cuts += set.ShardBits > 0 ? 1 : 0;
            (rows.Count >> set.ShardBits <= _limits.RowsPerShard || set.ShardBits == _limits.MaxShardBits).ShouldBeTrue();
        }

        /// <summary>For each name the operation of the greatest (time, arrival) since the last erasure; no merging, no order of folds.</summary>
        private string Model()
        {
            var profiles = new List<string>();
            foreach (var id in Ids)
            {
                var all = _sent.Where(operation => operation.Id == id).ToList();
                var alive = all.Skip(all.FindLastIndex(operation => operation.Kind is OperationKind.Erase) + 1).ToList();
                if (alive.Count == 0)
                {
                    continue;
                }

                var values = Names.Select(name => (Name: name, Last: alive.Index()
                        .Where(item => item.Item.Values.Any(pair => pair.Key == name))
                        .OrderBy(item => item.Item.OccurredAt).ThenBy(item => item.Index).LastOrDefault().Item))
                    .Where(item => item.Last is not null)
                    .Select(item => (item.Name, Cell: item.Last!.Values.First(pair => pair.Key == item.Name).Value))
                    .Where(item => !item.Cell.IsAbsent)
                    .Select(item => (item.Name, Cell: item.Cell.Type is CellType.TextList && item.Name is "email" ? Cell.Of(item.Cell.AsTextList()[^1]) : item.Cell))
                    .Select(item => $"{item.Name}={item.Cell.Type}:{item.Cell}");
                var consents = Purposes.Select(purpose => alive.SelectMany(operation => operation.Consents).Index()
                        .Where(item => item.Item.Key == purpose)
                        .OrderBy(item => item.Item.Value.CapturedAt).ThenBy(item => item.Index).LastOrDefault().Item)
                    .Where(pair => pair.Key is not null)
                    .Select(pair => $"{pair.Key}={pair.Value}");
                profiles.Add($"{id} {string.Join(' ', values.Order(StringComparer.Ordinal))} {Emails(alive)} {string.Join(' ', consents)} {alive.Max(operation => operation.OccurredAt):O}");
            }

            return Join(profiles);
        }

        /// <summary>Every address that no clear took away, with the last time it was seen.</summary>
        private static string Emails(List<ProfileOperation> alive)
        {
            var cells = alive.Index().SelectMany(item => item.Item.Values.Where(pair => pair.Key is "email").Select(pair => (item.Index, At: item.Item.OccurredAt, Cell: pair.Value))).ToList();
            var clears = cells.Where(item => item.Cell.IsAbsent).ToList();
            var sightings = cells.Where(item => !item.Cell.IsAbsent && !clears.Exists(clear => clear.At > item.At || (clear.At == item.At && clear.Index > item.Index)));
            return Print(sightings
                .SelectMany(item => (item.Cell.Type is CellType.Text ? [item.Cell.AsText()] : item.Cell.AsTextList().ToArray()).Select(value => (Value: value, item.At)))
                .GroupBy(seen => seen.Value).Select(group => (group.Key, group.Max(seen => seen.At))));
        }

        private static string Print(IEnumerable<(string Value, DateTimeOffset At)> emails) =>
            string.Join(' ', emails.Select(seen => $"{seen.Value}@{seen.At:O}").Order(StringComparer.Ordinal));

        private static string Join(IEnumerable<string> profiles) => string.Join('\n', profiles.Order(StringComparer.Ordinal));

        private static string Print(ProfileState profile)
        {
            var values = profile.Values.Select(pair => $"{pair.Key}={pair.Value.Type}:{pair.Value}").Order(StringComparer.Ordinal);
            var consents = profile.Consents.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}");
            var emails = Print(profile.Seen("email").Select(seen => (seen.Value, new DateTimeOffset(seen.Last, TimeSpan.Zero))));
            return $"{profile.Id} {string.Join(' ', values)} {emails} {string.Join(' ', consents)} {profile.UpdatedAt:O}";
        }
    }

    private sealed class CrashException : Exception;

    /// <summary>Each call takes two steps, one before and one after the work: a crash may leave the work done.</summary>
    private sealed class CrashingManifests(IProfileManifestStore inner, Action step) : IProfileManifestStore
    {
        public async Task<(ProfileManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken)
        {
            step();
            return await inner.ReadAsync(cancellationToken);
        }

        public async Task<bool> TryReplaceAsync(ProfileManifest manifest, string? etag, CancellationToken cancellationToken)
        {
            step();
            var replaced = await inner.TryReplaceAsync(manifest, etag, cancellationToken);
            step();
            return replaced;
        }
    }

    private sealed class CrashingInbox(IProfileInbox inner, Action step) : IProfileInbox
    {
        public Task AppendAsync(IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken) => inner.AppendAsync(pages, cancellationToken);

        public async IAsyncEnumerable<InboxPage> ListAsync(PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var page in inner.ListAsync(parts, cancellationToken))
            {
                step();
                yield return page;
            }
        }

        public Task<PageReader?> ReadAsync(string id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

        /// <summary>Deletes one by one, so that a crash may come in between.</summary>
        public async Task DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        {
            foreach (var id in ids)
            {
                step();
                await inner.DeleteAsync([id], cancellationToken);
            }

            step();
        }
    }

    private sealed class CrashingPages(IPageStore inner, Action step) : IPageStore
    {
        public async Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
        {
            step();
            await inner.WriteAsync(chain, pages, cancellationToken);
            step();
        }

        public async IAsyncEnumerable<PageReader> ReadAsync(string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var page in inner.ReadAsync(chain, range, parts, cancellationToken))
            {
                step();
                yield return page;
            }
        }

        public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken) => inner.ReadPageAsync(chain, number, cancellationToken);

        public async Task DeleteAsync(string chain, CancellationToken cancellationToken)
        {
            step();
            await inner.DeleteAsync(chain, cancellationToken);
            step();
        }

        public IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken) => inner.ListAsync(before, cancellationToken);
    }
}
