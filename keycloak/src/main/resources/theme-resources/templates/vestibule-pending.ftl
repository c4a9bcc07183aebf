<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg("vestibulePendingTitle")}
    <#elseif section = "form">
        <div id="vestibule-pending" style="display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; overflow-wrap: anywhere">
            <p>${msg("vestibulePendingThanks", advancedMsg(vestibuleApplication))}</p>
            <p>
                <#if vestibuleEmail?has_content>
                    ${msg("vestibulePendingMail", vestibuleEmail)}
                <#else>
                    ${msg("vestibulePendingLater")}
                </#if>
            </p>
            <p>${msg("vestibulePendingClose")}</p>
            <form action="${url.loginAction}" method="post">
                <button id="vestibule-look-again" type="submit" style="white-space: normal" class="${properties.kcButtonClass!} ${properties.kcButtonSecondaryClass!properties.kcButtonDefaultClass!} ${properties.kcButtonBlockClass!}">${msg("vestibulePendingLookAgain")}</button>
            </form>
        </div>
    </#if>
</@layout.registrationLayout>
