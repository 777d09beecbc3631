namespace AudienceSync.Pages;

/// <summary>An id comes twice among rows that were to be put in order: a member has one row.</summary>
public sealed class RepeatedIdException() : Exception("An id comes twice. A member has one row.");
