using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Calls the function on a schedule: six NCRONTAB fields (seconds first), five (without seconds) or a time span.</summary>
public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
{
    public string Schedule { get; } = schedule;

    /// <summary>Remember the last run in storage, so that an occurrence missed while the app was down is made up for. Default: true.</summary>
    public bool UseMonitor { get; set; } = true;

    /// <summary>Run at every start of the host as well.</summary>
    public bool RunOnStartup { get; set; }
}

/// <summary>What a timer function is told about its own run.</summary>
public class TimerInfo
{
    /// <summary>The stored status; null when the schedule is not monitored.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>The run was due earlier, while the app was not running.</summary>
    public bool IsPastDue { get; set; }
}

public class ScheduleStatus
{
    /// <summary>Last planned run that was made; default when there was none.</summary>
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
