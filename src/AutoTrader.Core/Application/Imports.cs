namespace AutoTrader.Core.Application;

/// <summary>What an import does with one record of a file.</summary>
public enum ImportAction
{
    /// <summary>A new record.</summary>
    Create,

    /// <summary>Another definition of one that exists.</summary>
    Update,

    /// <summary>Nothing: it already exists unchanged.</summary>
    Unchanged,

    /// <summary>Nothing: it conflicts with a running strategy, or its symbol cannot be bought.</summary>
    Refused,
}

/// <summary>How much a problem of an import costs.</summary>
public enum ImportSeverity
{
    /// <summary>The record was imported; something about it should be known.</summary>
    Warning,

    /// <summary>The record was not imported.</summary>
    Error,
}
