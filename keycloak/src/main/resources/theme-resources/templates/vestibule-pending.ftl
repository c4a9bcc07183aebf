<#import "template.ftl" as layout>
<#-- Of the page, in the tab and the history of the browser: it changes with the state. -->
<#global title = msg(vestibuleState + "Title") + " – " + advancedMsg(vestibuleApplication)>
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg(vestibuleState + "Title")}
    <#elseif section = "form">
        <div id="vestibule-pending" data-state="${vestibuleState}" style="display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; overflow-wrap: anywhere">
            <p>${msg(vestibuleState + "Text", advancedMsg(vestibuleApplication))}</p>
            <#if vestibuleOpen>
                <dl id="vestibule-facts" style="display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem; margin: 0">
                    <div><dt style="font-weight: 600">${msg("vestibuleAwaited")}</dt><dd style="margin: 0">${msg(vestibuleState + "Awaited")}</dd></div>
                    <#if vestibuleSince??>
                        <div><dt style="font-weight: 600">${msg("vestibuleSince")}</dt><dd style="margin: 0"><time datetime="${vestibuleSince.iso}">${vestibuleSince.text}</time></dd></div>
                    </#if>
                    <#if vestibuleUntil??>
                        <div><dt style="font-weight: 600">${msg("vestibuleUntil")}</dt><dd style="margin: 0"><time datetime="${vestibuleUntil.iso}">${vestibuleUntil.text}</time></dd></div>
                    </#if>
                </dl>
                <p>
                    <#if vestibuleEmail?has_content>
                        ${msg(vestibuleState + "Mail", vestibuleEmail)}
                    <#else>
                        ${msg("vestibuleLater")}
                    </#if>
                    ${msg("vestibuleByItself")}
                </p>
                <form action="${url.loginAction}" method="post">
                    <button id="vestibule-look-again" type="submit" style="white-space: normal" class="${properties.kcButtonClass!} ${properties.kcButtonSecondaryClass!properties.kcButtonDefaultClass!} ${properties.kcButtonBlockClass!}">${msg("vestibuleLookAgain")}</button>
                </form>
            <#else>
                <p>${msg("vestibuleMistake", advancedMsg(vestibuleApplication))}</p>
            </#if>
        </div>
    </#if>
</@layout.registrationLayout>
