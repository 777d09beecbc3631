namespace AudienceSync.Benchmarks.Sample;

/// <summary>What became of a member from one generation to the next; the letter stands before its row wherever rows are written as text.</summary>
internal enum DeltaKind : byte
{
    Entered = (byte)'E',
    Exited = (byte)'X',
    Changed = (byte)'C',
}

/// <summary>Takes what happened to members one by one.</summary>
internal interface IDeltaSink
{
    void Take(DeltaKind kind, in Member member);
}
