<#import "template.ftl" as layout>
<#global title = msg(vestibuleRefusal + "Title")>
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg(vestibuleRefusal + "Title")}
    <#elseif section = "form">
        <div id="vestibule-closed" data-refusal="${vestibuleRefusal}" style="display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; overflow-wrap: anywhere">
            <p id="vestibule-refusal"><#if vestibuleRefusalText??>${vestibuleRefusalText}<#else>${msg(vestibuleRefusal)}</#if></p>
            <#if client?? && client.baseUrl?has_content>
                <a id="vestibule-back" href="${client.baseUrl}" style="white-space: normal" class="${properties.kcButtonClass!} ${properties.kcButtonPrimaryClass!} ${properties.kcButtonBlockClass!}">${msg("vestibuleBack", advancedMsg(vestibuleApplication))}</a>
            </#if>
            <p>${msg("vestibuleHasAccount")} <a id="vestibule-log-in" href="${url.loginUrl}">${msg("vestibuleLogIn")}</a></p>
        </div>
    </#if>
</@layout.registrationLayout>
