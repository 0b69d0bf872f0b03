using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Storage;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>
/// Writes down a pass so that it counts whole or not at all: the row of the state, replaced under its ETag, is in one group with the messages consumed and sent.
/// What does not fit in that group goes before it, under names that count only once the state names them.
/// </summary>
internal sealed class PassCommit(GroupCommit store)
{
    private const int SliceLength = 400_000;
    private const int MessagesPerGroup = 40;

    private readonly List<RowChange> _before = [];
    private readonly List<RowChange> _after = [];

    /// <summary>A text for the row of the state: inside it when short.</summary>
    public TextRef? Refer(string? text, string instanceId, string name, int limit = InstanceState.InlineLimit)
    {
        if (text is null)
            return null;
        if (text.Length <= limit)
            return new TextRef { Inline = text };
        var slices = Slices(text);
        for (var i = 0; i < slices.Count; i++)
            _before.Add(new RowChange(ChangeKind.Put, Slice(instanceId, name, i), slices[i]));
        return new TextRef { Key = name, Rows = slices.Count };
    }

    /// <summary>Has the rows of a text deleted once nothing refers to it any more.</summary>
    public void Drop(string instanceId, TextRef? text)
    {
        if (text is { Key: { } name })
            _after.AddRange(Enumerable.Range(0, text.Rows).Select(i => new RowChange(ChangeKind.Delete, Slice(instanceId, name, i))));
    }

    /// <summary>Adds to the history: in the row of the state until it is too long there, and then in rows of its own.</summary>
    /// <returns>The state with it.</returns>
    public InstanceState Append(InstanceState state, IReadOnlyList<HistoryEvent> events)
    {
        List<HistoryEvent> recent = [.. state.Recent, .. events];
        var text = HistoryJson.WriteLines(recent);
        if (text.Length <= InstanceState.HistoryLimit)
            return state with { Recent = recent };
        var rows = state.HistoryRows;
        foreach (var slice in Slices(text))
            _before.Add(new RowChange(ChangeKind.Put, DurableKeys.History(state.InstanceId, state.Generation, rows++), slice));
        return state with { HistoryRows = rows, Recent = [] };
    }

    /// <summary>The form in which a message is kept.</summary>
    public HistoryEvent Message(string target, HistoryEvent message) => message.Data is { Length: > SliceLength / 2 } data
        ? message with { Data = null, DataRef = Refer(data, target, $"message-{Guid.NewGuid():N}") }
        : message;

    /// <summary>Commits.</summary>
    /// <param name="state">The new state.</param>
    /// <param name="etag">The ETag of the row that it replaces; null for none.</param>
    /// <param name="consumed">The keys of the messages that the pass has used up.</param>
    /// <param name="sent">The messages that it sends.</param>
    /// <param name="before">The state that is replaced, whose texts go unless the new one has them.</param>
    /// <returns>The new ETag of the state, and the state with its outbox, if what was sent did not fit.</returns>
    public async Task<(string ETag, InstanceState State)> SaveAsync(InstanceState state, string? etag, IReadOnlyList<string> consumed, IReadOnlyList<(string Key, HistoryEvent Message)> sent, InstanceState? before)
    {
        foreach (var text in before?.Texts.ExceptBy(state.Texts.Select(one => one.Key!), one => one.Key!, StringComparer.Ordinal) ?? [])
            Drop(state.InstanceId, text);
        var staged = sent.Count > MessagesPerGroup;
        List<RowChange> group = [];
        if (staged)
        {
            var outbox = Guid.NewGuid().ToString("N");
            state = state with { Outbox = outbox };
            foreach (var (key, message) in sent)
                _before.Add(new RowChange(ChangeKind.Put, $"o|{outbox}|{key}", HistoryJson.Write(message)));
        }
        else
        {
            group.AddRange(sent.Select(one => new RowChange(ChangeKind.Insert, one.Key, HistoryJson.Write(one.Message))));
        }

        group.AddRange(consumed.Select(key => new RowChange(ChangeKind.Delete, key)));
        var row = HistoryJson.Write(state);
        group.Insert(0, new RowChange(etag is null ? ChangeKind.Insert : ChangeKind.Replace, DurableKeys.State(state.InstanceId), row, etag, IsOpen: !state.IsFinished || state.Outbox is not null));
        if (group.Count + _before.Count <= IDurableStore.GroupRows && group.Concat(_before).Sum(change => change.Text.Length) <= IDurableStore.GroupLength)
            group.AddRange(_before);
        else
            await WriteAsync(_before);
        var rest = AddDeletions(group);
        var tags = await store.CommitAsync(group);
        await WriteAsync(rest);
        return (tags[0], state);
    }

    /// <summary>Commits that messages for an instance that there is not, or not any more, are gone.</summary>
    public async Task SaveConsumedAsync(IReadOnlyList<string> consumed)
    {
        List<RowChange> group = [.. consumed.Select(key => new RowChange(ChangeKind.Delete, key))];
        var rest = AddDeletions(group);
        await store.CommitAsync(group);
        await WriteAsync(rest);
    }

    /// <summary>Commits a message alone.</summary>
    public async Task SaveMessageAsync(string key, HistoryEvent message)
    {
        await WriteAsync(_before);
        await store.CommitAsync([new RowChange(ChangeKind.Insert, key, HistoryJson.Write(message))]);
    }

    /// <summary>Sends what an earlier commit staged; each message once, however often this is interrupted.</summary>
    public static async Task<IReadOnlyList<(string Key, HistoryEvent Message)>> ReleaseAsync(GroupCommit store, IReadOnlyList<StoredRow> staged)
    {
        List<(string, HistoryEvent)> released = [];
        foreach (var chunk in staged.Chunk(MessagesPerGroup))
        {
            var messages = chunk.Select(row => (Key: row.Key.Split('|', 3)[2], row.Text)).ToList();
            await store.CommitAsync([.. chunk.Select(row => new RowChange(ChangeKind.Delete, row.Key)), .. messages.Select(one => new RowChange(ChangeKind.Insert, one.Key, one.Text))]);
            released.AddRange(messages.Select(one => (one.Key, HistoryJson.Read<HistoryEvent>(one.Text))));
        }

        return released;
    }

    private static List<string> Slices(string text)
    {
        List<string> slices = [];
        for (var start = 0; start < text.Length; start += SliceLength)
            slices.Add(text.Substring(start, Math.Min(SliceLength, text.Length - start)));
        return slices;
    }

    private static string Slice(string instanceId, string name, int number) => DurableKeys.Text(instanceId, $"{name}-{number:D4}");

    // In the group if they fit, so that a crash leaves none behind.
    private List<RowChange> AddDeletions(List<RowChange> group)
    {
        if (group.Count + _after.Count > IDurableStore.GroupRows)
            return _after;
        group.AddRange(_after);
        return [];
    }

    private async Task WriteAsync(List<RowChange> changes)
    {
        List<RowChange> group = [];
        foreach (var change in changes)
        {
            if (group.Count == IDurableStore.GroupRows || (group.Count > 0 && group.Sum(one => one.Text.Length) + change.Text.Length > IDurableStore.GroupLength))
            {
                await store.CommitAsync(group);
                group = [];
            }

            group.Add(change);
        }

        if (group.Count > 0)
            await store.CommitAsync(group);
    }
}
