namespace STrace.OpenFlow;

/// <summary>What a FLOW_MOD does (<c>enum ofp_flow_mod_command</c>, section 5.3.3).</summary>
public enum FlowModCommand : ushort
{
    /// <summary><c>OFPFC_ADD</c>: a new rule.</summary>
    Add = 0,

    /// <summary><c>OFPFC_MODIFY</c>: the actions of all rules that the match covers.</summary>
    Modify = 1,

    /// <summary><c>OFPFC_MODIFY_STRICT</c>: the actions of the rule with this very match and priority.</summary>
    ModifyStrict = 2,

    /// <summary><c>OFPFC_DELETE</c>: all rules that the match covers.</summary>
    Delete = 3,

    /// <summary><c>OFPFC_DELETE_STRICT</c>: the rule with this very match and priority.</summary>
    DeleteStrict = 4,
}
