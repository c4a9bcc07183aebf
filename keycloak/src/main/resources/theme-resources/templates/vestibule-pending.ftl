<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg(vestibuleState + "Title")}
    <#elseif section = "form">
        <div id="vestibule-pending" data-state="${vestibuleState}" style="display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; overflow-wrap: anywhere">
            <p>${msg(vestibuleState + "Text", advancedMsg(vestibuleApplication))}</p>
            <#if vestibuleOpen>
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
